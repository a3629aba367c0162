import { randomUUID } from 'node:crypto';
import { commandFact } from '@kagibako/bus/event-facts';
import type { Fact } from '@kagibako/bus/facts';
import { Failure } from '@kagibako/contracts/failures';
import { currentTraceparent } from '@kagibako/telemetry/trace-context';
import { type Asker, type AuditAction, succeeded } from './audit.ts';
import type { Service } from './service.ts';
import { type NewTask, startTask, type VmCondition } from './store/tasks.ts';
import { findVm, type Vm } from './store/vms.ts';
import type { TaskOperation } from './tasks.ts';

/** @throws Failure NotFound */
export async function vmOf({ database }: Pick<Service, 'database'>, id: string): Promise<Vm> {
  const vm = await findVm(database, id);
  if (vm === undefined) throw new Failure('NotFound', `no virtual machine ${id}`);
  return vm;
}

export const newTask = (
  operation: TaskOperation,
  asker: Asker,
  { vmId, hostId, keyProvider }: { vmId: string; hostId: string; keyProvider?: string },
): NewTask => ({
  id: randomUUID(),
  operation,
  vmId,
  hostId,
  user: asker.actor,
  keyProvider,
  traceparent: currentTraceparent(),
});

interface HostTask {
  operation: TaskOperation;
  action: AuditAction;
  condition: VmCondition;
  command: 'deleteVm' | 'powerOnVm' | 'powerOffVm' | 'decryptVm';
}

/** Starts what a host does with a VM that is there; the command's id is the task's. Answers the task's id. */
export async function startHostTask(
  service: Service,
  asker: Asker,
  vm: Vm,
  { operation, action, condition, command }: HostTask,
): Promise<string> {
  const task = newTask(operation, asker, { vmId: vm.id, hostId: vm.hostId });
  const sent = commandFact(command, task.id, vm.hostId, { taskId: task.id, vmId: vm.id, path: vm.path });
  await startOrExplain(service, { audit: succeeded(asker, action, vm.id), command: sent }, task, {
    phase: 'host',
    condition,
  });
  return task.id;
}

export async function startOrExplain(
  { database, changed }: Service,
  recorded: { audit: ReturnType<typeof succeeded>; facts?: readonly Fact[]; command?: Fact },
  task: NewTask,
  start: { phase: 'key' | 'host'; condition: VmCondition },
): Promise<void> {
  if (!(await startTask(database, recorded, task, start)))
    throw new Failure('NotAllowedInCurrentState', `virtual machine ${task.vmId} was changed meanwhile; try again`);
  changed();
}

/** @throws Failure InvalidPowerState */
export function checkPoweredOff(vm: Vm, toBe: string): void {
  if (vm.powerState !== 'POWERED_OFF')
    throw new Failure('InvalidPowerState', `virtual machine ${vm.id} is powered on: it must be off to be ${toBe}`);
}
