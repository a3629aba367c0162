import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { certificateFiles } from '@kagibako/lab/pki';
import { labFolders } from '@kagibako/lab/settings';
import { connect } from '@nats-io/transport-node';
import { type Administrator, anAdministrator } from '../administrator.ts';
import { collectKeks, collectSecrets } from '../lab-secrets.ts';
import { leakPlaces } from '../leak-places.ts';
import { scanMemory } from '../process-memory.ts';
import { connectAsAdministrator } from '../running-lab.ts';
import { type Finding, type Secret, SecretScanner } from '../secret-scanner.ts';
import type { LabUnderTest } from './lab-under-test.ts';

type Place = keyof typeof leakPlaces;

const reported = (findings: readonly Finding[]): string[] =>
  findings.map(({ secret, encoding, place, offset }) => `${secret} ${encoding} in ${place} at ${offset}`);

/** After the story: nothing that anybody keeps or says holds a secret. */
export function leakScan(under: LabUnderTest): void {
  describe('leaks nothing', () => {
    let secrets: Secret[];
    let scanner: SecretScanner;

    before(async () => {
      secrets = await collectSecrets(under.running, under.encryptedFiles);
      scanner = new SecretScanner(secrets);
    });

    const kinds: readonly RegExp[] = [
      /^KEK /,
      /^DEK of .*\.vmx/,
      /^DEK of .*\.vmdk/,
      /^instance key/,
      /^CRK/,
      /^token key/,
      /\.password$/,
      /passphrase$/,
      /api-key$/,
      /key\.pem$/,
      /identity\.key$/,
      /^session id/,
      /^bearer/,
    ];

    it('of KEKs, DEKs, root keys, passwords, tokens, API keys and private keys, of which it knows each kind', () => {
      for (const kind of kinds)
        assert.ok(
          secrets.some(({ name }) => kind.test(name)),
          `no secret is like ${kind}`,
        );
    });

    for (const [place, scan] of Object.entries(leakPlaces))
      it(`into ${place}`, async () => assert.deepEqual(reported(await scan(under, scanner)), []));

    describe('and would be caught', () => {
      it('whatever kind of secret leaks', async () => {
        for (const kind of kinds) {
          const secret = secrets.find(({ name }) => kind.test(name));
          assert.ok(secret);
          const remove = await plants.logs(under, Buffer.from(secret.bytes));
          const findings = await leakPlaces.logs(under, scanner);
          await remove();
          assert.ok(
            findings.some((finding) => finding.secret === secret.name),
            secret.name,
          );
        }
      });

      for (const [place, plant] of Object.entries(plants)) {
        it(`leaking into ${place}`, async () => {
          const [secret] = secrets;
          assert.ok(secret);
          const remove = await plant(under, Buffer.from(secret.bytes));
          const findings = await leakPlaces[place as Place](under, scanner);
          await remove();
          assert.ok(findings.some((finding) => finding.secret === secret.name));
        });
      }
    });
  });

  keysInMemory(under);
}

/** Leaves a key in each place, in one form or another; answers how to take it away. */
const plants: Readonly<Record<Place, (under: LabUnderTest, key: Buffer) => Promise<() => Promise<void> | void>>> = {
  'the bus': async ({ running, tap }, key) => {
    const { certFile, keyFile, caFile } = certificateFiles(
      join(labFolders(running.settings.stateDirectory).pki, 'esxi-agent-esx-1/bus'),
    );
    const [cert, privateKey, ca] = [certFile, keyFile, caFile].map((file) => readFileSync(file, 'utf8'));
    const tls = { cert: cert ?? '', key: privateKey ?? '', ca: ca ?? '' };
    const connection = await connect({ servers: running.lab.nats.url, inboxPrefix: '_INBOX_esxi-agent-esx-1', tls });
    const seen = tap.messages.length;
    connection.publish('kagibako.evt.esxi-agent.v1.esx-1.planted', JSON.stringify({ key: key.toString('base64') }));
    await connection.drain();
    while (!tap.messages.slice(seen).some(({ subject }) => subject.endsWith('.planted')))
      await new Promise((done) => setTimeout(done, 10));
    return () => undefined;
  },
  'JetStream’s store': async ({ running }, key) =>
    plantFile(join(labFolders(running.settings.stateDirectory).nats, 'jetstream'), key.toString('hex')),
  'PostgreSQL’s data and WAL': async ({ running: { lab } }, key) => {
    const client = await connectAsAdministrator(lab, 'kms');
    await client.query('CREATE TABLE planted (key bytea)');
    await client.query('INSERT INTO planted VALUES ($1)', [key]);
    await client.query('CHECKPOINT');
    return async () => {
      await client.query('DROP TABLE planted');
      await client.end();
    };
  },
  traces: async ({ receiver }, key) => {
    const body = JSON.stringify({ note: key.toString('base64url') });
    await fetch(`${receiver.url}/v1/traces`, { method: 'POST', body });
    return () => void receiver.exports.pop();
  },
  logs: async ({ running }, key) => plantFile(running.lab.logs, key.toString('hex').toUpperCase()),
  'the VMs’ clear files': async ({ running }, key) =>
    plantFile(join(running.lab.agents[0]?.datastore ?? '', 'planted'), Buffer.from(key.toString('hex'), 'utf16le')),
};

function plantFile(folder: string, content: string | Buffer): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `planted-${randomBytes(4).toString('hex')}.log`);
  writeFileSync(file, '');
  appendFileSync(file, content);
  return () => rmSync(file);
}

const diskBytes = 4 * 1024 * 1024;

function keysInMemory(under: LabUnderTest): void {
  const skip = process.platform === 'linux' ? false : 'another process’s memory is read by Linux’s /proc';
  describe('keeps KEKs in a host’s memory', { skip }, () => {
    let administrator: Administrator;
    let vm: string;
    const host = 'esx-2';
    const keksFound = async (): Promise<string[]> => {
      const keks = await collectKeks(under.running.lab);
      const scanner = new SecretScanner([...keks].map(([id, bytes]) => ({ name: `KEK ${id}`, bytes })));
      return reported(scanMemory(await under.running.pidOf(`esxi-agent-${host}`), scanner));
    };

    before(async () => {
      administrator = await anAdministrator(under.running.lab);
      await administrator.addProvider();
      vm = await administrator.createVm(host, diskBytes);
      await administrator.encrypt(vm);
    });
    after(async () => {
      await administrator.decrypt(vm);
      await administrator.broker.delete(`/api/vcenter/vm/${vm}`);
    });

    it('of no VM of the story, whose VM is off', async () => {
      const keks = await collectKeks(under.running.lab);
      const scanner = new SecretScanner([...keks].map(([id, bytes]) => ({ name: `KEK ${id}`, bytes })));
      const pids = await Promise.all(
        under.running.lab.agents.map(({ name }) => under.running.pidOf(`esxi-agent-${name}`)),
      );
      assert.deepEqual(
        pids.flatMap((pid) => reported(scanMemory(pid, scanner))),
        [],
      );
    });

    it('not after encrypting', async () => assert.deepEqual(await keksFound(), []));

    it('while a VM that needs one is on', async () => {
      await administrator.power(vm, 'start');
      assert.notDeepEqual(await keksFound(), []);
    });

    it('and no longer than that', async () => {
      await administrator.power(vm, 'stop');
      assert.deepEqual(await keksFound(), []);
    });
  });
}
