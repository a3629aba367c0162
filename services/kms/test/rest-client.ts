import { request } from 'node:https';

export interface RestAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // A test reads whatever shape it expects.
  body: { metadata: Record<string, unknown>; resources: Record<string, unknown>[] } & Record<string, unknown>;
}

/** One HTTPS request with a JSON answer. */
export function send(options: {
  port: number;
  ca: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}): Promise<RestAnswer> {
  const { port, ca, method, path, headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, ca, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const parsed = text === '' ? {} : JSON.parse(text);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
