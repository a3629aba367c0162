import type { Subscription } from '@kagibako/bus/consume';
import { hostAsker, succeeded } from '../audit.ts';
import type { Service } from '../service.ts';
import { endPowerChange } from '../store/task-results.ts';
import { taskEvent } from './task-event.ts';

export const vmPoweredOn = (service: Service): Subscription =>
  taskEvent(service, 'vmPoweredOn', (told, { vmId, hostId }) => {
    const audit = succeeded(hostAsker(hostId), 'vm.power-on', vmId);
    return endPowerChange(service.database, { audit }, told, 'POWERED_ON');
  });

export const vmPoweredOff = (service: Service): Subscription =>
  taskEvent(service, 'vmPoweredOff', (told, { vmId, hostId }) => {
    const audit = succeeded(hostAsker(hostId), 'vm.power-off', vmId);
    return endPowerChange(service.database, { audit }, told, 'POWERED_OFF');
  });
