import type { Subscription } from '@kagibako/bus/consume';
import { hostAsker, succeeded } from '../audit.ts';
import { policies, policyAssigned } from '../policies.ts';
import type { Service } from '../service.ts';
import { endDecryption, endEncryption } from '../store/task-results.ts';
import { taskEvent } from './task-event.ts';

export const vmEncrypted = (service: Service): Subscription =>
  taskEvent(service, 'vmEncrypted', (told, { vmId, hostId, key }) => {
    const { encryption } = policies;
    const audit = succeeded(hostAsker(hostId), 'vm.encrypt', vmId);
    const recorded = { audit, facts: [policyAssigned(vmId, encryption)] };
    return endEncryption(service.database, recorded, told, { ...key, policyId: encryption.policy });
  });

export const vmDecrypted = (service: Service): Subscription =>
  taskEvent(service, 'vmDecrypted', (told, { vmId, hostId }) => {
    const { datastoreDefault } = policies;
    const audit = succeeded(hostAsker(hostId), 'vm.decrypt', vmId);
    const recorded = { audit, facts: [policyAssigned(vmId, datastoreDefault)] };
    return endDecryption(service.database, recorded, told, datastoreDefault.policy);
  });
