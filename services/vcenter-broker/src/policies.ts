import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { Fact } from '@kagibako/bus/facts';
import { Failure } from '@kagibako/contracts/failures';

export interface StoragePolicy {
  policy: string;
  name: string;
  description: string;
  /** Whether a VM with this policy is encrypted. */
  encrypts: boolean;
}

/** The storage policies there are. The encryption policy's id is the one that every vCenter gives it. */
export const policies = {
  encryption: {
    policy: '4d5f673c-536f-11e6-beb8-9e71128cae77',
    name: 'VM Encryption Policy',
    description: 'Sample storage policy for VMware’s VM and virtual disk encryption',
    encrypts: true,
  },
  datastoreDefault: {
    policy: '2cc19a72-3d5e-4d0c-9c6e-5a1f1f2d8a10',
    name: 'Datastore Default',
    description: 'Storage policy of a datastore, without data services: a VM with it is not encrypted',
    encrypts: false,
  },
} as const satisfies Record<string, StoragePolicy>;

export const allPolicies: readonly StoragePolicy[] = Object.values(policies);

/** @throws Failure InvalidArgument */
export function policyOf(id: string): StoragePolicy {
  const found = allPolicies.find(({ policy }) => policy === id);
  if (found === undefined) throw new Failure('InvalidArgument', `the storage policy ${id} does not exist`);
  return found;
}

/** What is told once a VM is as its new policy says. */
export const policyAssigned = (vmId: string, { policy }: StoragePolicy): Fact =>
  eventFact('policyAssigned', randomUUID(), { vmId, policyId: policy });
