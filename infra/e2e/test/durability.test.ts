import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type KmipClient, KmipResponseError } from '@kagibako/kmip-client/kmip-client';
import { KmipConnectError } from '@kagibako/kmip-client/kmip-connect-error';
import { labFolders } from '@kagibako/lab/settings';
import { type Administrator, anAdministrator } from './administrator.ts';
import { connectScript, createKey, getKey } from './kmip-script.ts';
import { connectAsAdministrator, type RunningLab, startLab, until } from './running-lab.ts';

const connections = 8;
const killsAtLeast = process.env['KAGIBAKO_TEST_LONG'] === '1' ? 1_000 : 20;
const betweenKillsMsMax = 400;
const victims = ['kms', 'kmip-gateway', 'nats', 'postgres'];
const pauseAfterErrorMs = 100;
const diskBytes = 1024 * 1024;

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

    it('no task, key or event is', async () => {
      const vms = await Promise.all(
        ['esx-1', 'esx-2', 'esx-1', 'esx-2'].map((host) => administrator.createVm(host, diskBytes)),
      );
      const encrypting = Promise.all(vms.map((vm) => administrator.encrypt(vm)));
      await running.kill('nats');
      await rm(join(labFolders(running.settings.stateDirectory).nats, 'jetstream'), { recursive: true, force: true });
      await running.untilReady('nats');
      await encrypting;
      await Promise.all(vms.map((vm) => administrator.decrypt(vm)));
      await Promise.all(vms.map((vm) => administrator.broker.delete(`/api/vcenter/vm/${vm}`)));
      for (const database of ['kms', 'vcenter_broker'])
        await until(`the outbox of ${database} is published`, async () => (await unsent(running, database)) === 0);
    });
  });
});

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

async function unsent({ lab }: RunningLab, database: string): Promise<number> {
  const client = await connectAsAdministrator(lab, database);
  try {
    const { rows } = await client.query('SELECT count(*)::integer AS unsent FROM outbox WHERE sent_at IS NULL');
    return rows[0].unsent;
  } finally {
    await client.end();
  }
}
