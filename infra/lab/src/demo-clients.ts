import { readFile } from 'node:fs/promises';
import { type JsonAnswer, type JsonRequest, sendJson } from './https-json.ts';
import type { Lab } from './lab-file.ts';

/** A REST API as one user sees it. Each request continues the trace of the step that sends it. */
export interface RestClient {
  get(path: string): Promise<unknown>;
  post(path: string, body?: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
}

/** What a step is traced as; `traceparent` goes with each of its requests (W3C Trace Context). */
export interface StepTrace {
  traceparent: string;
}

/** An answer that is not a success, in the API's own words. */
export class RestError extends Error {
  override name = 'RestError';
  readonly status: number;
  readonly body: unknown;

  constructor(method: string, path: string, answer: JsonAnswer) {
    super(`${method} ${path} answered ${answer.status}: ${messageIn(answer.body)}`);
    this.status = answer.status;
    this.body = answer.body;
  }
}

const tokenLifetimeShort = 'urn:ibm:params:oauth:grant-type:apikey';

/** Signs in to vcenter-broker (`POST /api/session`); the session id is the answer, and a header from then on. */
export async function signInToBroker(lab: Lab, trace: StepTrace): Promise<RestClient> {
  const ca = await readFile(lab.broker.caFile);
  const password = await readFile(lab.broker.passwordFile, 'utf8');
  const authorization = `Basic ${Buffer.from(`${lab.broker.user}:${password}`).toString('base64')}`;
  const session = await requestOf(lab.broker.url, ca, () => ({ authorization, ...trace }))('POST', '/api/session');
  return restClient(requestOf(lab.broker.url, ca, () => ({ 'vmware-api-session-id': String(session), ...trace })));
}

/** Signs in to kms with the lab's API key. */
export async function signInToKms(lab: Lab, trace: StepTrace): Promise<RestClient> {
  const ca = await readFile(lab.kms.caFile);
  const apikey = (await readFile(lab.kms.apiKeyFile, 'utf8')).trim();
  const form = new URLSearchParams({ grant_type: tokenLifetimeShort, apikey }).toString();
  const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };
  const token = await requestOf(lab.kms.url, ca, () => ({ ...formHeaders, ...trace }))('POST', '/identity/token', form);
  const authorization = `Bearer ${textField(token, 'access_token')}`;
  return restClient(
    requestOf(lab.kms.url, ca, () => ({ authorization, 'bluemix-instance': String(lab.kms.instance), ...trace })),
  );
}

type Send = (method: JsonRequest['method'], path: string, body?: unknown) => Promise<unknown>;

const requestOf =
  (url: string, ca: Buffer, headers: () => Record<string, string>): Send =>
  async (method, path, body) => {
    const answer = await sendJson({ method, url: `${url}${path}`, ca, headers: headers(), body });
    if (answer.status < 200 || answer.status > 299) throw new RestError(method, path, answer);
    return answer.body;
  };

const restClient = (send: Send): RestClient => ({
  get: (path) => send('GET', path),
  post: (path, body) => send('POST', path, body),
  patch: (path, body) => send('PATCH', path, body),
  delete: (path) => send('DELETE', path),
});

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

export function textField(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found !== 'string') throw new Error(`an answer has no ${name}`);
  return found;
}

export function listIn(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('an answer is not a list');
  return value;
}

/** vSphere's `messages`, or Key Protect's `resources`, or whatever came. */
function messageIn(body: unknown): string {
  const [first] = [field(body, 'messages'), field(body, 'resources')].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const told = field(first, 'default_message') ?? field(first, 'errorMsg');
  return typeof told === 'string' ? told : JSON.stringify(body);
}
