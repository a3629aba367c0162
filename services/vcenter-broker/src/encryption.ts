import { randomUUID } from 'node:crypto';
import { commandFact, eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { isDatabaseUnavailable } from '@kagibako/runtime/database-failure';
import { withTraceparent } from '@kagibako/telemetry/trace-context';
import { type Asker, failed, succeeded } from './audit.ts';
import { vmLabels } from './key-providers/key-labels.ts';
import type { Service } from './service.ts';
import { findDefaultKeyProvider, findKeyProvider } from './store/key-providers.ts';
import { distributeKey, failBeforeHost, type Task, tasksWaitingForKey } from './store/tasks.ts';
import { findVm, type Vm } from './store/vms.ts';
import { checkPoweredOff, newTask, startOrExplain } from './vm-tasks.ts';

/** Encrypts a VM that is off with a new key of the default key provider. Answers the task's id at once. */
export async function startEncryption(service: Service, asker: Asker, vm: Vm): Promise<string> {
  if (vm.key !== undefined) throw new Failure('AlreadyEncrypted', `virtual machine ${vm.id} is encrypted already`);
  checkPoweredOff(vm, 'encrypted');
  const provider = await findDefaultKeyProvider(service.database);
  if (provider === undefined)
    throw new Failure('NotAllowedInCurrentState', 'there is no default key provider to get a key from');
  const task = newTask('encrypt', asker, { vmId: vm.id, hostId: vm.hostId, keyProvider: provider.name });
  const requested = { taskId: task.id, vmId: vm.id, providerId: provider.name };
  await startOrExplain(
    service,
    {
      audit: succeeded(asker, 'vm.encrypt', vm.id),
      facts: [eventFact('keyRequested', randomUUID(), requested)],
    },
    task,
    { phase: 'key', condition: { powerState: 'POWERED_OFF', encrypted: false } },
  );
  void acquireKey(service, task);
  return task.id;
}

const underWay = new WeakMap<Service, Set<string>>();

/** Takes up tasks whose key nobody is asking for: this process was killed, or the database was away. */
export async function resumeKeyRequests(service: Service): Promise<void> {
  for (const task of await tasksWaitingForKey(service.database))
    withTraceparent(task.traceparent, () => void acquireKey(service, task));
}

type WaitingTask = Pick<Task, 'id' | 'vmId' | 'hostId' | 'user' | 'keyProvider'>;

/** Once at a time for each task. It never throws: a task that cannot go on fails, or waits for the database. */
async function acquireKey(service: Service, task: WaitingTask): Promise<void> {
  const tasks = underWay.get(service) ?? new Set();
  underWay.set(service, tasks);
  if (tasks.has(task.id)) return;
  tasks.add(task.id);
  try {
    await acquireOrFail(service, task);
  } catch (error) {
    if (isDatabaseUnavailable(error))
      service.logger.warn({ err: error, task: task.id }, 'a task waits for the database');
    else service.logger.error({ err: error, task: task.id }, 'bug while getting a key');
  } finally {
    tasks.delete(task.id);
    service.changed();
  }
}

async function acquireOrFail(service: Service, task: WaitingTask): Promise<void> {
  try {
    await acquireAndDistribute(service, task);
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    if (!(error instanceof Failure)) service.logger.error({ err: error, task: task.id }, 'bug while getting a key');
    const { code, message } =
      error instanceof Failure ? error : new Failure('Internal', 'internal error while getting a key');
    const audit = failed(askerOf(task), 'key-provider.key.create', code, task.keyProvider);
    await failBeforeHost(service.database, { audit }, { taskId: task.id, code, message });
    service.metrics.count('tasks', { operation: 'encrypt', result: 'failed' });
    service.news.noteEnd(task.id);
  }
}

async function acquireAndDistribute({ database, providers }: Service, task: WaitingTask): Promise<void> {
  const { id: taskId, vmId, hostId } = task;
  const [vm, provider] = await Promise.all([findVm(database, vmId), findKeyProvider(database, task.keyProvider ?? '')]);
  if (vm === undefined) throw new Failure('NotFound', `no virtual machine ${vmId}`);
  if (provider === undefined) throw new Failure('KeyUnavailable', `key provider ${task.keyProvider} is gone`);
  const key = { providerId: provider.name, keyId: await providers.createKey(provider, vmLabels(vm)) };
  const recorded = {
    audit: succeeded(askerOf(task), 'key-provider.key.create', `${key.providerId}/${key.keyId}`),
    facts: [eventFact('keyDistributed', randomUUID(), { taskId, vmId, hostId, key })],
    command: commandFact('encryptVm', taskId, hostId, { taskId, vmId, path: vm.path, key }),
  };
  await distributeKey(database, recorded, { taskId, ...key });
}

const askerOf = ({ user }: WaitingTask): Asker => ({ actor: user, peerAddress: 'local' });
