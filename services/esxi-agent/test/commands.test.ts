import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventFact } from '@kagibako/bus/event-facts';
import { delivery } from '@kagibako/contracts/streams';
import { waitUntil } from '@kagibako/testing/wait-until';
import { runTask, type Work } from '../src/task.ts';
import { hostId, startBroker, startHost, type TestBroker, type TestHost } from './host.ts';
import { aVm, creationOf, digest, failed, filesOf, keyOf, newVm, succeeded, taskOf } from './vms.ts';

describe('a command', () => {
  let broker: TestBroker;
  let esx: TestHost;
  before(async () => {
    broker = await startBroker();
    esx = await startHost(broker);
  });
  after(async () => {
    await esx.stop();
    await broker.stop();
  });

  it('that comes again after JetStream was wiped is answered with the same event and not done again', async () => {
    const vm = await aVm(broker, esx.datastore);
    const [id, body] = [randomUUID(), { ...taskOf(vm), key: keyOf('kek-1') }];
    const first = succeeded(await broker.order('encryptVm', body, id));
    succeeded(await broker.order('decryptVm', taskOf(vm)));
    const [was, asked] = [await filesOf(vm.folder), broker.asked.length];
    broker.heard.length = 0;
    await broker.wipeJetStream();
    assert.deepEqual(await broker.order('encryptVm', body, id), first);
    assert.deepEqual(await filesOf(vm.folder), was);
    assert.equal(broker.asked.length, asked);
  });

  it('that failed is answered with the same failure, even if it could be done now', async () => {
    const vm = newVm(esx.datastore);
    const [id, body] = [randomUUID(), taskOf(vm)];
    const first = await broker.order('powerOnVm', body, id);
    failed(first, 'NotFound');
    succeeded(await broker.order('createVm', creationOf(vm, [{ disk: '2000', capacityBytes: 512 }])));
    await runTask(esx.host, 'power-on-vm', body, { id, attempt: 2 }, () => assert.fail('it was done again'));
    assert.deepEqual((await esx.host.journal.find(id))?.id, first.id);
  });

  /** Work that counts how often it was done, and fails as often as it is told to. */
  const countedWork = (bugs = 0) => {
    const done = { times: 0 };
    const work: Work<'powerOffVm'> = async ({ ids }) => {
      done.times += 1;
      await new Promise((next) => setImmediate(next));
      if (done.times <= bugs) throw new Error('a bug, /secret/path');
      return eventFact('vmPoweredOff', randomUUID(), ids);
    };
    return { done, work };
  };

  it('that comes twice at once is done once', async () => {
    const { done, work } = countedWork();
    const [id, body] = [randomUUID(), taskOf(newVm(esx.datastore))];
    const run = (attempt: number) => runTask(esx.host, 'power-off-vm', body, { id, attempt }, work);
    await Promise.all([run(1), run(2)]);
    assert.equal(done.times, 1);
    await broker.outcomeOf(body.taskId);
    assert.equal(broker.heard.filter(({ data }) => data['taskId'] === body.taskId).length, 1);
  });

  it('that meets a bug is tried again, and in the end told as one without its words', async () => {
    const { done, work } = countedWork(delivery.deliveriesMax);
    const [id, body] = [randomUUID(), taskOf(newVm(esx.datastore))];
    for (let attempt = 1; attempt < delivery.deliveriesMax; attempt += 1) {
      await assert.rejects(runTask(esx.host, 'power-off-vm', body, { id, attempt }, work), /a bug/);
      assert.equal(await esx.host.journal.find(id), undefined);
    }
    await runTask(esx.host, 'power-off-vm', body, { id, attempt: delivery.deliveriesMax }, work);
    assert.equal(done.times, delivery.deliveriesMax);
    failed(await broker.outcomeOf(body.taskId), 'Internal', /^internal error on the host; its log says more$/);
  });

  it('tells how far it is, up to the end', async () => {
    const capacityBytes = 4 * 1024 * 1024;
    const vm = await aVm(broker, esx.datastore, capacityBytes);
    const body = { ...taskOf(vm), key: keyOf('kek-1') };
    succeeded(await broker.order('encryptVm', body));
    const told = (): typeof broker.progress => broker.progress.filter(({ taskId }) => taskId === body.taskId);
    await waitUntil('the end is told', () => told().some(({ doneBytes }) => doneBytes === capacityBytes));
    for (const one of told())
      assert.deepEqual([one.hostId, one.vmId, one.totalBytes], [hostId, vm.vmId, capacityBytes]);
  });

  it('for different VMs is done side by side, for one VM one after another', async () => {
    const vms = await Promise.all([1, 2, 3, 4, 5, 6].map(() => aVm(broker, esx.datastore, 128 * 1024)));
    const contents = await Promise.all(
      vms.map(async (vm) => await readFile(join(vm.folder, `${vm.name}-flat.vmdk`), 'hex')),
    );
    const lengthBytes = 128 * 1024;
    const before = await Promise.all(vms.map((vm) => digest(broker, vm, { lengthBytes })));
    const ends = await Promise.all(
      vms.flatMap((vm) => [
        broker.order('encryptVm', { ...taskOf(vm), key: keyOf('kek-1') }),
        digest(broker, vm, { lengthBytes }),
      ]),
    );
    for (const end of ends) if (typeof end !== 'string') succeeded(end);
    assert.deepEqual(
      ends.filter((end) => typeof end === 'string'),
      before,
    );
    for (const [at, vm] of vms.entries()) {
      succeeded(await broker.order('decryptVm', taskOf(vm)));
      assert.equal(await readFile(join(vm.folder, `${vm.name}-flat.vmdk`), 'hex'), contents[at]);
    }
  });
});
