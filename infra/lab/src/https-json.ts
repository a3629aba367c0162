import { request } from 'node:https';

const timeoutMs = 10_000;
const answerBytesMax = 4 * 1024 * 1024;

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One HTTPS request with a JSON answer. Any status is an answer; no answer in time is an error. */
export function sendJson(options: JsonRequest): Promise<JsonAnswer> {
  const { method, url, ca, headers = {} } = options;
  const text = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, signal, headers: { 'content-type': 'application/json', ...headers } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8').on('error', reject);
      response.on('data', (part: string) => {
        answer += part;
        if (answer.length > answerBytesMax)
          response.destroy(new Error(`${url} answers more than ${answerBytesMax} bytes`));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parseJson(answer) }));
    });
    sent.end(text);
  });
}

/** An answer without JSON (an empty one, a proxy's page) is passed on as text, for the message of an error. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
