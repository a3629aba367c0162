import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@kagibako/lab/ports';
import { provisionStreams } from '@kagibako/nats/provision-streams';
import { connectAs } from '@kagibako/testing/bus';
import { selfSigned } from '@kagibako/testing/certificates';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { waitUntil } from '@kagibako/testing/wait-until';
import { jetstreamManager } from '@nats-io/jetstream';
import { migrations } from './kms.ts';
import { send } from './rest-client.ts';

const program = (name: string): string => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));

describe('kms as processes', () => {
  let directory: string;
  let database: TestDatabase;
  let nats: TestNats;
  let environment: Record<string, string>;
  let ca: string;
  const children: ChildProcess[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kagibako-kms-service-'));
    database = await createDatabase({ name: 'kms', migrations });
    nats = await startNats();
    const steward = await connectAs(nats, 'steward');
    await provisionStreams(await jetstreamManager(steward.connection, { checkAPI: false }), []);
    await steward.close();
    const { certificate, privateKey } = await selfSigned({ commonName: 'kms' });
    ca = certificate;
    const files = { password: database.password, passphrase: 'a passphrase\n', certificate, privateKey };
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const bus = await nats.settingsFor('kms');
    environment = {
      PATH: process.env['PATH'] ?? '',
      KAGIBAKO_DATABASE_URL: database.url,
      KAGIBAKO_DATABASE_PASSWORD_FILE: join(directory, 'password'),
      KAGIBAKO_ROOT_FILE: join(directory, 'root.sealed'),
      KAGIBAKO_ROOT_PASSPHRASE_FILE: join(directory, 'passphrase'),
      KAGIBAKO_NATS_URL: bus.natsUrl,
      KAGIBAKO_NATS_CA_FILE: bus.natsCaFile,
      KAGIBAKO_NATS_CERT_FILE: bus.natsCertFile,
      KAGIBAKO_NATS_KEY_FILE: bus.natsKeyFile,
      KAGIBAKO_TLS_CERT_FILE: join(directory, 'certificate'),
      KAGIBAKO_TLS_KEY_FILE: join(directory, 'privateKey'),
      KAGIBAKO_HTTP_PORT: String(await findFreePort()),
      KAGIBAKO_OPS_PORT: String(await findFreePort()),
    };
  });

  after(async () => {
    for (const child of children) await end(child);
    await nats.stop();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const start = (name: string, args: readonly string[], more: Record<string, string> = {}): ChildProcess => {
    const child = spawn(process.execPath, [program(name), ...args], { env: { ...environment, ...more } });
    children.push(child);
    return child;
  };

  /** Runs a program to its end: exit code and all that it printed. */
  const run = async (
    name: string,
    args: readonly string[],
    more: Record<string, string> = {},
  ): Promise<{ code: unknown; output: string }> => {
    const child = start(name, args, more);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code]: unknown[] = await once(child, 'close');
    return { code, output };
  };

  const provision = (instance: string, file: string, more: Record<string, string> = {}) =>
    run('provision', ['--instance', instance, '--api-key-file', join(directory, file), '--role', 'Manager'], more);

  it('does not start without its root', async () => {
    const { code, output } = await run('main', [], { KAGIBAKO_ROOT_FILE: join(directory, 'missing') });
    assert.equal(code, 1);
    assert.match(output, /root file .* cannot be read/);
  });

  it('provisions root, instance and API key, and again without changing them', async () => {
    const first = await provision('lab', 'api-key');
    assert.equal(first.code, 0, first.output);
    const { instanceId } = JSON.parse(first.output);
    const kept = async () => [
      await readFile(join(directory, 'root.sealed'), 'utf8'),
      await readFile(join(directory, 'api-key'), 'utf8'),
      await database.query('SELECT * FROM instance_keys'),
      await database.query('SELECT * FROM api_keys'),
      await database.query('SELECT * FROM token_keys'),
    ];
    const before = await kept();
    assert.deepEqual(JSON.parse((await provision('lab', 'api-key')).output), { instanceId });
    assert.deepEqual(await kept(), before);
    assert.equal((await stat(join(directory, 'api-key'))).mode & 0o777, 0o600);
    const apiKey = await readFile(join(directory, 'api-key'), 'utf8');
    const stored = await database.query(`SELECT encode(hash, 'escape') AS hash FROM api_keys`);
    assert.ok(!JSON.stringify(stored).includes(apiKey));
  });

  it('makes a second instance with an API key of its own', async () => {
    const second = await provision('second', 'second-api-key');
    const { instanceId } = JSON.parse(second.output);
    const rows = await database.query('SELECT instance_id, role FROM api_key_roles WHERE instance_id = $1', [
      instanceId,
    ]);
    assert.deepEqual(rows, [{ instance_id: instanceId, role: 'Manager' }]);
    assert.equal((await database.query('SELECT 1 FROM api_keys')).length, 2);
  });

  it('does not make a new root where keys lie under a lost one', async () => {
    const lost = { KAGIBAKO_ROOT_FILE: join(directory, 'lost.sealed') };
    const { code, output } = await provision('third', 'third-api-key', lost);
    assert.equal(code, 1);
    assert.match(output, /there are keys, but the root file .* is missing/);
    await assert.rejects(stat(join(directory, 'lost.sealed')), { code: 'ENOENT' });
  });

  it('does not start with a wrong passphrase, and says so without it', async () => {
    await writeFile(join(directory, 'wrong'), 'another passphrase');
    const { code, output } = await run('main', [], { KAGIBAKO_ROOT_PASSPHRASE_FILE: join(directory, 'wrong') });
    assert.equal(code, 1);
    assert.match(output, /the passphrase does not open/);
    assert.ok(!output.includes('another passphrase'));
  });

  it('names every setting that is missing', async () => {
    const { code, output } = await run('main', [], { KAGIBAKO_ROOT_FILE: '', KAGIBAKO_NATS_URL: '' });
    assert.notEqual(code, 0);
    assert.match(output, /KAGIBAKO_ROOT_FILE is missing/);
    assert.match(output, /KAGIBAKO_NATS_URL is missing/);
  });

  it('becomes ready, tells its changes to the bus, and is unready while the bus is away', async () => {
    const kms = start('main', []);
    const ops = `http://127.0.0.1:${environment['KAGIBAKO_OPS_PORT']}`;
    const checks = async (): Promise<Record<string, string>> => {
      const answer = await fetch(`${ops}/readyz`).catch(() => undefined);
      return answer === undefined ? {} : Object((await answer.json()) as object).checks;
    };
    const isReady = async (): Promise<boolean> => (await fetch(`${ops}/readyz`).catch(() => undefined))?.status === 200;
    await waitUntil('kms is ready', isReady, 20_000);
    assert.deepEqual(await checks(), { database: 'ok', bus: 'ok', root: 'ok' });
    // A real unwrap: an instance key that the root does not open any more makes it unready.
    const flip = 'UPDATE instance_keys SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)';
    await database.query(flip);
    assert.deepEqual(await checks(), { database: 'ok', bus: 'ok', root: 'failed' });
    await database.query(flip);
    assert.equal((await checks())['root'], 'ok');

    const rest = { port: Number(environment['KAGIBAKO_HTTP_PORT']), ca };
    const apikey = await readFile(join(directory, 'api-key'), 'utf8');
    const token = await send({
      ...rest,
      method: 'POST',
      path: '/identity/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=${apikey}`,
    });
    const [row] = await database.query(`SELECT id FROM instances WHERE name = 'lab'`);
    const key = { type: 'application/vnd.ibm.kms.key+json', name: 'crk', extractable: false };
    const made = await send({
      ...rest,
      method: 'POST',
      path: '/api/v2/keys',
      headers: {
        authorization: `Bearer ${String(token.body['access_token'])}`,
        'bluemix-instance': String(row?.['id']),
        'content-type': 'application/vnd.ibm.kms.key+json',
      },
      body: JSON.stringify({ metadata: { collectionType: key.type, collectionTotal: 1 }, resources: [key] }),
    });
    assert.equal(made.status, 201);
    await waitUntil('the outbox is sent', async () => {
      const unsent = await database.query('SELECT 1 FROM outbox WHERE sent_at IS NULL');
      return unsent.length === 0;
    });
    const steward = await connectAs(nats, 'steward');
    const manager = await jetstreamManager(steward.connection, { checkAPI: false });
    const message = await manager.streams.getMessage('EVT', { last_by_subj: 'kagibako.evt.kms.v1.root-key-created' });
    assert.equal(message?.json<{ rootKeyId: string }>().rootKeyId, made.body.resources[0]?.['id']);
    await steward.close();

    await nats.kill();
    await waitUntil('kms is not ready', async () => (await checks())['bus'] === 'failed');
    await nats.start();
    await waitUntil('kms is ready again', isReady, 20_000);
    assert.equal(await end(kms), 0);
  });
});

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return child.exitCode;
}
