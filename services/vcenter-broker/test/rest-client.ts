import { request } from 'node:https';

export interface RestAnswer {
  status: number;
  // A test reads whatever shape it expects.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  body: any;
}

/** One HTTPS request with a JSON answer. */
export function send(options: {
  port: number;
  ca: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}): Promise<RestAnswer> {
  const { port, ca, method, path, body } = options;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const length = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text ?? '')) };
  const headers = { ...(text === undefined ? {} : length), ...options.headers };
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, ca, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const received = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, body: received === '' ? undefined : JSON.parse(received) });
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
}
