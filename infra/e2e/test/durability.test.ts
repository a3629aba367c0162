import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type KmipClient, KmipResponseError } from '@kagibako/kmip-client/kmip-client';
import { KmipConnectError } from '@kagibako/kmip-client/kmip-connect-error';
import { field } from '@kagibako/lab/demo-clients';
import { certificateFiles } from '@kagibako/lab/pki';
import { labFolders } from '@kagibako/lab/settings';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectScript, createKey, getKey } from '../src/kmip-script.ts';
import { type Administrator, anAdministrator, encryptionPolicy } from './administrator.ts';
import { connectAsAdministrator, type RunningLab, startLab, until } from './running-lab.ts';

const connections = 8;
const isLong = process.env['KAGIBAKO_TEST_LONG'] === '1';
const killsAtLeast = isLong ? 1_000 : 20;
const betweenKillsMsMax = 400;
const victims = ['kms', 'kmip-gateway', 'nats', 'postgres'];
const pauseAfterErrorMs = 100;
const diskBytes = 1024 * 1024;
const wipes = isLong ? 30 : 3;
const betweenWipesMsMax = 3_000;
/** Also what a host says that could not get its key for long. */
const passing = ['SERVICE_UNAVAILABLE', 'TIMED_OUT', 'RESOURCE_INACCESSIBLE'];

/** SHA-256 of the material of a key whose Create was answered, and whose Get was. */
type AcknowledgedKeys = Map<string, string>;

describe('nothing acknowledged is lost', () => {
  let running: RunningLab;
  before(async () => {
    running = await startLab();
  });
  after(() => running?.stop());

  it(`over ${killsAtLeast} kills of kms, gateway, NATS and PostgreSQL, while ${connections} clients create keys`, async () => {
    const stop = new AbortController();
    const acknowledged: AcknowledgedKeys = new Map();
    const working = Array.from({ length: connections }, () => createKeysUntil(stop.signal, running, acknowledged));
    const kills = await killAtRandom(running, killsAtLeast);
    await Promise.all(victims.map((name) => running.untilReady(name)));
    const before = acknowledged.size;
    await until('keys are created again after the last kill', async () => acknowledged.size > before);
    stop.abort();
    await Promise.all(working);
    assert.ok(
      Object.values(kills).every((count) => count > 0),
      `kills: ${JSON.stringify(kills)}`,
    );
    assert.deepEqual(await missingKeys(running, acknowledged), []);
  });

  describe('when JetStream’s folder is deleted under load', () => {
    let administrator: Administrator;
    before(async () => {
      administrator = await anAdministrator(running.lab);
      await administrator.addProvider();
    });

    it('every task ends, each VM is what its last one says, and every event is published', async () => {
      const stop = new AbortController();
      const hosts = ['esx-1', 'esx-2', 'esx-1', 'esx-2'];
      const vms = await Promise.all(hosts.map((host) => administrator.createVm(host, diskBytes)));
      const working = vms.map((vm) => switchEncryptionUntil(stop.signal, administrator, vm));
      const acknowledged: AcknowledgedKeys = new Map();
      const creating = createKeysUntil(stop.signal, running, acknowledged);
      for (let wipe = 0; wipe < wipes; wipe += 1) {
        await wait(randomInt(betweenWipesMsMax));
        await running.kill('nats');
        await rm(join(labFolders(running.settings.stateDirectory).nats, 'jetstream'), { recursive: true, force: true });
        await running.untilReady('nats');
      }
      await wait(betweenWipesMsMax);
      stop.abort();
      const switched = await Promise.all(working);
      await creating;
      assert.ok(acknowledged.size > 0);
      assert.deepEqual(await missingKeys(running, acknowledged), []);
      assert.ok(
        switched.every((count) => count > 0),
        `switches: ${switched}`,
      );
      const tasks = await administrator.broker.get('/api/cis/tasks');
      assert.deepEqual(runningTasks(tasks), []);
      for (const vm of vms) {
        if (await isEncrypted(administrator, vm)) await administrator.decrypt(vm);
        assert.equal(await diskDigest(administrator, vm), emptyDiskDigest);
        await administrator.broker.delete(`/api/vcenter/vm/${vm}`);
      }
      for (const database of ['kms', 'vcenter_broker'])
        await until(`the outbox of ${database} is published`, async () => (await unsent(running, database)) === 0);
      assert.deepEqual(await eventsMissing(running), []);
    });
  });
});

/** Encrypts and decrypts in turn. A key provider that cannot be reached for a moment is told, and leaves the VM as it was. */
async function switchEncryptionUntil(stop: AbortSignal, administrator: Administrator, vm: string): Promise<number> {
  let switched = 0;
  while (!stop.aborted) {
    const before = await isEncrypted(administrator, vm);
    const error = await switchEncryption(administrator, vm, !before);
    assert.equal(await isEncrypted(administrator, vm), error === undefined ? !before : before);
    if (error === undefined) switched += 1;
    else {
      assert.ok(passing.includes(error), error);
      await wait(pauseAfterErrorMs);
    }
  }
  return switched;
}

/** The error type of a task that failed. */
async function switchEncryption(
  { broker, startSwitch }: Administrator,
  vm: string,
  encrypted: boolean,
): Promise<string | undefined> {
  const task = await startSwitch(vm, encrypted);
  let info: unknown;
  await until(`task ${task} ends`, async () => {
    info = await broker.get(`/api/cis/tasks/${task}`);
    return field(info, 'status') !== 'RUNNING';
  });
  return field(info, 'status') === 'FAILED' ? String(field(field(info, 'error'), 'error_type')) : undefined;
}

const isEncrypted = async ({ broker }: Administrator, vm: string): Promise<boolean> =>
  field(await broker.get(`/api/vcenter/vm/${vm}/storage/policy`), 'vm_home') === encryptionPolicy;

const diskDigest = async ({ broker }: Administrator, vm: string): Promise<unknown> =>
  field(await broker.post(`/api/kagibako/vm/${vm}/digest`, { disk: '2000', offset: 0, length: diskBytes }), 'sha256');

const emptyDiskDigest = createHash('sha256').update(Buffer.alloc(diskBytes)).digest('base64');

const runningTasks = (tasks: unknown): unknown[] =>
  Object.values(tasks ?? {}).filter((task) => field(task, 'status') === 'RUNNING');

/** Creates and reads keys one after another; an error ends a connection, and what was not answered does not count. */
async function createKeysUntil(stop: AbortSignal, { lab }: RunningLab, acknowledged: AcknowledgedKeys): Promise<void> {
  let client: KmipClient | undefined;
  while (!stop.aborted) {
    try {
      client ??= await connectScript(lab);
      const id = await createKey(client);
      acknowledged.set(id, '');
      acknowledged.set(id, await digestOf(client, id));
    } catch (error) {
      if (!isOfAKill(error)) throw error;
      client?.close();
      client = undefined;
      await wait(pauseAfterErrorMs);
    }
  }
  client?.close();
}

const isOfAKill = (error: unknown): boolean =>
  error instanceof KmipConnectError || (error instanceof KmipResponseError && error.resultReason === 'GeneralFailure');

async function digestOf(client: KmipClient, id: string): Promise<string> {
  const material = await getKey(client, id);
  const digest = createHash('sha256').update(material.expose()).digest('hex');
  material.destroy();
  return digest;
}

/** SIGKILL to one after another; each is ready again before its own next turn. How often each was killed. */
async function killAtRandom(running: RunningLab, atLeast: number): Promise<Record<string, number>> {
  const kills: Record<string, number> = Object.fromEntries(victims.map((name) => [name, 0]));
  for (let count = 0; count < atLeast || Object.values(kills).includes(0); count += 1) {
    await wait(randomInt(betweenKillsMsMax));
    const name = victims[randomInt(victims.length)] ?? '';
    await running.untilReady(name);
    await running.kill(name);
    kills[name] = (kills[name] ?? 0) + 1;
  }
  return kills;
}

async function missingKeys({ lab }: RunningLab, acknowledged: AcknowledgedKeys): Promise<string[]> {
  const client = await connectScript(lab);
  const missing: string[] = [];
  for (const [id, digest] of acknowledged) {
    const found = await digestOf(client, id).catch((error: unknown) => String(error));
    if (found !== digest && digest !== '') missing.push(`${id}: ${found}`);
    if (digest === '' && !/^[0-9a-f]{64}$/.test(found)) missing.push(`${id}: ${found}`);
  }
  client.close();
  return missing;
}

/** Ids of events in the outboxes, of the last minutes, that the stream does not have after it was wiped. */
async function eventsMissing(running: RunningLab): Promise<string[]> {
  const published = await publishedIds(running);
  const missing: string[] = [];
  for (const database of ['kms', 'vcenter_broker']) {
    const client = await connectAsAdministrator(running.lab, database);
    const { rows } = await client.query(
      `SELECT id FROM outbox WHERE subject LIKE 'kagibako.evt.%' AND created_at > now() - interval '10 minutes'`,
    );
    await client.end();
    assert.ok(rows.length > 0, `${database} has events`);
    missing.push(...rows.filter(({ id }) => !published.has(id)).map(({ id }) => `${database} ${id}`));
  }
  return missing;
}

/** By the steward's identity, which alone may read streams as they are. */
async function publishedIds({ lab, settings }: RunningLab): Promise<Set<string>> {
  const { certFile, keyFile, caFile } = certificateFiles(join(labFolders(settings.stateDirectory).pki, 'steward/bus'));
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map((file) => readFile(file, 'utf8')));
  const tls = { cert: cert ?? '', key: key ?? '', ca: ca ?? '' };
  const connection = await connect({ servers: lab.nats.url, inboxPrefix: '_INBOX_steward', tls });
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  const { first_seq, last_seq } = (await streams.info('EVT')).state;
  const ids = new Set<string>();
  for (let seq = first_seq; seq <= last_seq; seq += 1) {
    const message = await streams.getMessage('EVT', { seq });
    if (message !== null) ids.add(message.header.get('Nats-Msg-Id'));
  }
  await connection.close();
  return ids;
}

async function unsent({ lab }: RunningLab, database: string): Promise<number> {
  const client = await connectAsAdministrator(lab, database);
  try {
    const { rows } = await client.query('SELECT count(*)::integer AS unsent FROM outbox WHERE sent_at IS NULL');
    return rows[0].unsent;
  } finally {
    await client.end();
  }
}
