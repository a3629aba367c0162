import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createPublicKey, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@kagibako/lab/ports';
import { waitUntil } from '@kagibako/testing/wait-until';
import { type Heard, hostId, startBroker, type TestBroker } from './host.ts';
import { aVm, creationOf, digest, failed, filesOf, keyOf, newVm, sha256, succeeded, taskOf } from './vms.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const readyWithinMs = 60_000;

describe('esxi-agent as a process', () => {
  let broker: TestBroker;
  let directory: string;
  let datastore: string;
  let environment: Record<string, string>;
  let opsUrl: string;
  let child: ChildProcess | undefined;
  let output = '';

  before(async () => {
    broker = await startBroker();
    directory = await mkdtemp(join(tmpdir(), 'kagibako-esx-service-'));
    datastore = join(directory, 'datastore');
    const brokerKeyFile = join(directory, 'broker.pub');
    await writeFile(brokerKeyFile, broker.publicKey.export({ type: 'spki', format: 'pem' }));
    const bus = await broker.nats.settingsFor(`esxi-agent-${hostId}`);
    const opsPort = await findFreePort();
    opsUrl = `http://127.0.0.1:${opsPort}`;
    environment = {
      PATH: process.env['PATH'] ?? '',
      KAGIBAKO_HOST_ID: hostId,
      KAGIBAKO_DATASTORE_DIRECTORY: datastore,
      KAGIBAKO_STATE_DIRECTORY: join(directory, 'state'),
      KAGIBAKO_BROKER_SIGNING_PUBLIC_KEY_FILE: brokerKeyFile,
      KAGIBAKO_NATS_URL: bus.natsUrl,
      KAGIBAKO_NATS_CA_FILE: bus.natsCaFile,
      KAGIBAKO_NATS_CERT_FILE: bus.natsCertFile,
      KAGIBAKO_NATS_KEY_FILE: bus.natsKeyFile,
      KAGIBAKO_OPS_PORT: String(opsPort),
      KAGIBAKO_LOG_LEVEL: 'debug',
    };
    await start();
    broker.hostKey = createPublicKey(await readFile(join(directory, 'state/identity.pub')));
  });
  after(async () => {
    await end('SIGKILL');
    await broker.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const launch = (more: Record<string, string> = {}): ChildProcess => {
    const launched = spawn(process.execPath, [program], { env: { ...environment, ...more } });
    for (const stream of [launched.stdout, launched.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    return launched;
  };

  const start = async (): Promise<void> => {
    child = launch();
    const isReady = async (): Promise<boolean> =>
      (await fetch(`${opsUrl}/readyz`).catch(() => undefined))?.status === 200;
    await waitUntil('the host is ready', isReady, readyWithinMs).catch((error: unknown) => {
      throw new Error(output, { cause: error });
    });
  };

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code]: unknown[] = await exit;
    return typeof code === 'number' ? code : null;
  };

  const starts = (): Heard[] => broker.heard.filter(({ name }) => name === 'host-started');

  it('tells what is missing and does not start', async () => {
    const launched = launch({ KAGIBAKO_HOST_ID: '' });
    const [code]: unknown[] = await once(launched, 'close');
    assert.equal(code, 1);
    assert.match(output, /KAGIBAKO_HOST_ID is missing/);
  });

  it('makes its identity once and tells each start, with no VM on', async () => {
    const [first] = await waitUntil('the start is told', () => starts().length > 0 && starts());
    assert.deepEqual([first?.data['hostId'], first?.data['poweredOn']], [hostId, []]);
    const keyFile = join(directory, 'state/identity.key');
    assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
    const identity = await readFile(keyFile);
    assert.equal(await end('SIGTERM'), 0);
    await start();
    const [, second] = await waitUntil('the second start is told', () => starts().length > 1 && starts());
    assert.ok(String(second?.data['startedAt']) > String(first?.data['startedAt']));
    assert.deepEqual(await readFile(keyFile), identity);
  });

  it('killed while a VM runs, tells after its start that the VM is off, and says so to whoever did not hear', async () => {
    const vm = await aVm(broker, datastore);
    succeeded(await broker.order('encryptVm', { ...taskOf(vm), key: keyOf('kek-1') }));
    const [id, body] = [randomUUID(), taskOf(vm)];
    succeeded(await broker.order('powerOnVm', body, id));
    const on = await filesOf(vm.folder);
    const swap = `${vm.name}.vswp`;
    assert.ok(on[swap]);
    const told = starts().length;
    await end('SIGKILL');
    await start();
    await waitUntil('the start is told', () => starts().length > told);
    const { [swap]: _, ...off } = on;
    assert.deepEqual(await filesOf(vm.folder), off);
    broker.heard.length = 0;
    await broker.wipeJetStream();
    const again = await broker.order('powerOnVm', body, id);
    failed(again, 'InvalidPowerState', /started anew/);
    await broker.wipeJetStream();
    broker.heard.length = 0;
    assert.deepEqual(await broker.order('powerOnVm', body, id), again);
    assert.deepEqual(await filesOf(vm.folder), off);
    succeeded(await broker.order('powerOnVm', taskOf(vm)));
    succeeded(await broker.order('powerOffVm', taskOf(vm)));
  });

  it('killed in the midst of an encryption, starts with the VM as it was and does the command when it comes again', async () => {
    const vm = newVm(datastore);
    const capacityBytes = 256 * 1024 * 1024;
    succeeded(await broker.order('createVm', creationOf(vm, [{ disk: '2000', capacityBytes }])));
    const was = await filesOf(vm.folder);
    const [id, body] = [randomUUID(), { ...taskOf(vm), key: keyOf('kek-1') }];
    await broker.send('encryptVm', body, id);
    await waitUntil('it is under way', () => broker.progress.some(({ taskId }) => taskId === body.taskId));
    await end('SIGKILL');
    assert.ok((await readdir(vm.folder)).includes(`${vm.name}_1-flat.vmdk`), 'it was over before it was killed');
    await start();
    assert.deepEqual(await filesOf(vm.folder), was);
    await broker.wipeJetStream();
    succeeded(await broker.order('encryptVm', body, id));
    assert.equal(await digest(broker, vm, { lengthBytes: capacityBytes }), sha256(new Uint8Array(capacityBytes)));
    assert.ok(!(await readdir(vm.folder)).includes(`${vm.name}-flat.vmdk`));
  });

  it('says nothing of a KEK in its log, its journal, its metrics or the bus', async () => {
    const places = [output, JSON.stringify(broker.heard), await (await fetch(`${opsUrl}/metrics`)).text()];
    const tasks = join(directory, 'state/tasks');
    for (const name of await readdir(tasks)) places.push(await readFile(join(tasks, name), 'utf8'));
    const said = places.join('\n');
    assert.match(said, /kek-1/);
    const kek = Buffer.from(broker.kekOf('kek-1'));
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const text = kek.toString(encoding).replace(/=+$/, '');
      assert.ok(!said.includes(text), encoding);
    }
    assert.ok(!said.includes(kek.toString('latin1')));
    assert.match(said, /kagibako_disk_bytes_total\{[^}]*direction="encrypt"/);
  });
});
