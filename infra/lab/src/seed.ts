import { readFile } from 'node:fs/promises';
import { type JsonAnswer, sendJson } from './https-json.ts';
import type { Lab } from './lab-file.ts';
import { readIfPresent, writePrivateFile } from './private-file.ts';

const notFound = 404;
const conflict = 409;
const adapterName = 'lab-adapter';

export interface SeedOptions {
  readonly lab: Lab;
  /** Where what was made is kept, so that it is made once. */
  readonly seedFile: string;
  /** The file with the public half of a host's identity. */
  readonly identityFile: (host: string) => string;
  readonly signal: AbortSignal;
}

/** What the lab itself made over REST. */
interface Seed {
  readonly rootKeyId: string;
  readonly adapterId: string;
}

/** Does, once, what an administrator would do first: enrols the hosts, makes a root key and a KMIP adapter. */
export async function seed(options: SeedOptions): Promise<void> {
  if ((await readIfPresent(options.seedFile)) !== undefined) return;
  await enrolHosts(options);
  const made = await seedKms(options.lab, options.signal);
  await writePrivateFile(options.seedFile, `${JSON.stringify(made)}\n`);
}

async function enrolHosts({ lab, identityFile, signal }: SeedOptions): Promise<void> {
  const ca = await readFile(lab.broker.caFile);
  const password = await readFile(lab.broker.passwordFile, 'utf8');
  const authorization = `Basic ${Buffer.from(`${lab.broker.user}:${password}`).toString('base64')}`;
  const session = await sendJson({
    method: 'POST',
    url: `${lab.broker.url}/api/session`,
    ca,
    headers: { authorization },
    signal,
  });
  const headers = { 'vmware-api-session-id': String(expectSuccess(session)) };
  for (const { name, datastore } of lab.agents) {
    const body = { host: name, datastore, public_key: await readFile(identityFile(name), 'utf8') };
    const url = `${lab.broker.url}/api/kagibako/hosts`;
    const answer = await sendJson({ method: 'POST', url, ca, headers, body, signal });
    if (answer.status !== conflict) expectSuccess(answer);
  }
}

/** What an earlier seeding made before it was killed is found by its name or its conflict, and not made again. */
export async function seedKms(lab: Lab, signal: AbortSignal): Promise<Seed> {
  const ca = await readFile(lab.kms.caFile);
  const headers = {
    authorization: `Bearer ${await getToken(lab, ca, signal)}`,
    'bluemix-instance': String(lab.kms.instance),
  };
  const send = (method: 'GET' | 'POST', path: string, body?: object): Promise<JsonAnswer> =>
    sendJson({ method, url: `${lab.kms.url}/api/v2/${path}`, ca, headers, body, signal });
  const create = (path: string, type: string, resource: object): Promise<JsonAnswer> => {
    const collectionType = `application/vnd.ibm.kms.${type}+json`;
    return send('POST', path, { metadata: { collectionType, collectionTotal: 1 }, resources: [resource] });
  };
  const makeAdapter = async (): Promise<JsonAnswer> => {
    const rootKey = { type: collectionOfKey, name: 'lab-root-key', extractable: false };
    const rootKeyId = readText(readResource(await create('keys', 'key', rootKey)), 'id');
    const adapter = { name: adapterName, profile: 'native_1.0', profile_data: { crk_id: rootKeyId } };
    return create('kmip_adapters', 'kmip_adapter', adapter);
  };
  const known = await send('GET', `kmip_adapters/${adapterName}`);
  const adapter = readResource(known.status === notFound ? await makeAdapter() : known);
  const adapterId = readText(adapter, 'id');
  const certificate = { name: 'lab-scripts', certificate: await readFile(lab.kmip.certFile, 'utf8') };
  const path = `kmip_adapters/${adapterId}/certificates`;
  const registered = await create(path, 'kmip_client_certificate', certificate);
  if (registered.status !== conflict) expectSuccess(registered);
  return { rootKeyId: readText(readField(adapter, 'profile_data'), 'crk_id'), adapterId };
}

const collectionOfKey = 'application/vnd.ibm.kms.key+json';

async function getToken(lab: Lab, ca: Buffer, signal: AbortSignal): Promise<string> {
  const apikey = (await readFile(lab.kms.apiKeyFile, 'utf8')).trim();
  const form = new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey });
  const answer = await sendJson({
    method: 'POST',
    url: `${lab.kms.url}/identity/token`,
    ca,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    signal,
  });
  return readText(expectSuccess(answer), 'access_token');
}

function expectSuccess(answer: JsonAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Error(`seeding failed with status ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** The one resource of a collection, as kms answers. */
function readResource(answer: JsonAnswer): unknown {
  const resources = readField(expectSuccess(answer), 'resources');
  return Array.isArray(resources) ? resources[0] : undefined;
}

function readText(value: unknown, name: string): string {
  const field = readField(value, name);
  if (typeof field !== 'string') throw new Error(`seeding failed: the answer has no ${name}`);
  return field;
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
