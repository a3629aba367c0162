import type { Subscription } from '@kagibako/bus/consume';
import { type AuditAction, failed, hostAsker } from '../audit.ts';
import type { Service } from '../service.ts';
import { endInFailure } from '../store/task-results.ts';
import { taskEvent } from './task-event.ts';

/** What each command is called in the audit. */
const actions: Readonly<Record<string, AuditAction>> = {
  'create-vm': 'vm.create',
  'delete-vm': 'vm.delete',
  'power-on-vm': 'vm.power-on',
  'power-off-vm': 'vm.power-off',
  'encrypt-vm': 'vm.encrypt',
  'decrypt-vm': 'vm.decrypt',
};

export const taskFailed = (service: Service): Subscription =>
  taskEvent(service, 'taskFailed', (told, { vmId, hostId, command, code, message }) => {
    const audit = failed(hostAsker(hostId), actions[command] ?? 'vm.assign-policy', code, vmId);
    return endInFailure(service.database, { audit }, told, { code, message });
  });
