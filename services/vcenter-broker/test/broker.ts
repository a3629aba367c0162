import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@kagibako/lab/ports';
import { provisionStreams } from '@kagibako/nats/provision-streams';
import { connectAs } from '@kagibako/testing/bus';
import { selfSigned } from '@kagibako/testing/certificates';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { waitUntil } from '@kagibako/testing/wait-until';
import { jetstreamManager } from '@nats-io/jetstream';
import { type RestAnswer, send } from './rest-client.ts';

export const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
export const hosts = ['esx-1', 'esx-2'] as const;
export const administrator = { name: 'administrator@vsphere.local', password: randomBytes(12).toString('hex') };
export const noCrypto = { name: 'nocrypto@vsphere.local', password: randomBytes(12).toString('hex') };

const readyWithinMs = 60_000;

export type Ask = (method: string, path: string, body?: unknown) => Promise<RestAnswer>;

/** The broker as a process of its own, on a database and a bus of its own. */
export interface TestBroker {
  database: TestDatabase;
  nats: TestNats;
  /** SPKI in PEM of the key that signs answers to hosts. */
  signingPublicKey: string;
  ask: Ask;
  /** The same as the user who may do nothing cryptographic. */
  askAsNoCrypto: Ask;
  send(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<RestAnswer>;
  opsUrl: string;
  /** All that its processes printed. */
  output(): string;
  start(): Promise<void>;
  /** SIGKILL, as a crash does it. */
  kill(): Promise<void>;
  run(
    program: string,
    args: readonly string[],
    more?: Record<string, string>,
  ): Promise<{ code: unknown; output: string }>;
  stop(): Promise<void>;
}

export async function startBroker(): Promise<TestBroker> {
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-broker-'));
  const database = await createDatabase({ name: 'vcenter_broker', migrations });
  const nats = await startNats({ hosts });
  const steward = await connectAs(nats, 'steward');
  await provisionStreams(await jetstreamManager(steward.connection, { checkAPI: false }), hosts);
  await steward.close();
  const { certificate, privateKey } = await selfSigned({ commonName: 'vcenter-broker' });
  const signing = generateKeyPairSync('ed25519');
  const files = {
    password: database.password,
    certificate,
    privateKey,
    storageKey: randomBytes(32),
    signingKey: signing.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    administrator: administrator.password,
    noCrypto: noCrypto.password,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const bus = await nats.settingsFor('vcenter-broker');
  const [httpPort, opsPort] = [await findFreePort(), await findFreePort()];
  const environment = {
    PATH: process.env['PATH'] ?? '',
    KAGIBAKO_DATABASE_URL: database.url,
    KAGIBAKO_DATABASE_PASSWORD_FILE: join(directory, 'password'),
    KAGIBAKO_STORAGE_KEY_FILE: join(directory, 'storageKey'),
    KAGIBAKO_SIGNING_KEY_FILE: join(directory, 'signingKey'),
    KAGIBAKO_NATS_URL: bus.natsUrl,
    KAGIBAKO_NATS_CA_FILE: bus.natsCaFile,
    KAGIBAKO_NATS_CERT_FILE: bus.natsCertFile,
    KAGIBAKO_NATS_KEY_FILE: bus.natsKeyFile,
    KAGIBAKO_TLS_CERT_FILE: join(directory, 'certificate'),
    KAGIBAKO_TLS_KEY_FILE: join(directory, 'privateKey'),
    KAGIBAKO_HTTP_PORT: String(httpPort),
    KAGIBAKO_OPS_PORT: String(opsPort),
    KAGIBAKO_LOG_LEVEL: 'debug',
    // Nobody listens there; without an address nothing is traced.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  };
  const children = new Set<ChildProcess>();
  const printed: string[] = [];
  const launch = (program: string, args: readonly string[], more: Record<string, string> = {}): ChildProcess => {
    const file = fileURLToPath(new URL(`../src/${program}.ts`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { env: { ...environment, ...more } });
    children.add(child);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    return child;
  };
  const run: TestBroker['run'] = async (program, args, more) => {
    const before = printed.length;
    const [code]: unknown[] = await once(launch(program, args, more), 'close');
    return { code, output: printed.slice(before).join('') };
  };
  let main: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (main === undefined || main.exitCode !== null || main.signalCode !== null) return;
    const exit = once(main, 'exit');
    main.kill(signal);
    await exit;
  };
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const start = async (): Promise<void> => {
    main = launch('main', []);
    const isReady = async (): Promise<boolean> =>
      (await fetch(`${opsUrl}/readyz`).catch(() => undefined))?.status === 200;
    await waitUntil('the broker is ready', isReady, readyWithinMs).catch((error: unknown) => {
      throw new Error(printed.join(''), { cause: error });
    });
  };
  const sendTo: TestBroker['send'] = (method, path, headers, body) =>
    send({ port: httpPort, ca: certificate, method, path, headers, body });
  const sessions = new Map<string, string>();
  const askAs =
    ({ name, password }: { name: string; password: string }): Ask =>
    async (method, path, body) => {
      const known = sessions.get(name) ?? (await sendTo('POST', '/api/session', basic(name, password))).body;
      sessions.set(name, known);
      return await sendTo(method, path, { 'vmware-api-session-id': known }, body);
    };
  const stop = async (): Promise<void> => {
    await end('SIGTERM');
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await nats.stop();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (const [user, role] of [
      ['administrator', 'Administrator'],
      ['noCrypto', 'NoCryptoAdmin'],
    ] as const) {
      const { name } = user === 'noCrypto' ? noCrypto : administrator;
      const made = await run('provision', ['--user', name, '--password-file', join(directory, user), '--role', role]);
      if (made.code !== 0) throw new Error(made.output);
    }
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    database,
    nats,
    signingPublicKey: String(signing.publicKey.export({ type: 'spki', format: 'pem' })),
    ask: askAs(administrator),
    askAsNoCrypto: askAs(noCrypto),
    send: sendTo,
    opsUrl,
    output: () => printed.join(''),
    start,
    kill: () => end('SIGKILL'),
    run,
    stop,
  };
}

export const basic = (name: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
