import { Failure } from '@kagibako/contracts/failures';
import { type Static, Type } from 'typebox';
import type { Asker } from '../audit.ts';
import { startEncryption } from '../encryption.ts';
import { policies, policyOf, type StoragePolicy } from '../policies.ts';
import { nothing, route } from '../route.ts';
import type { Service } from '../service.ts';
import type { Vm } from '../store/vms.ts';
import { waitForTask } from '../tasks.ts';
import { checkPoweredOff, startHostTask, vmOf } from '../vm-tasks.ts';
import { VmParams } from './vms.ts';

const PolicySpec = Type.Object(
  {
    type: Type.Union([Type.Literal('USE_SPECIFIED_POLICY'), Type.Literal('USE_DEFAULT_POLICY')]),
    policy: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
);

export const readVmPolicy = route({
  method: 'GET',
  url: '/api/vcenter/vm/:vm/storage/policy',
  summary: 'Shows a VM’s storage policies',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: VmParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const vm = await vmOf(service, params.vm);
    const disks = Object.fromEntries(vm.disks.map(({ disk }) => [disk, vm.policyId]));
    return { status: 200, body: { vm_home: vm.policyId, disks } };
  },
});

export const assignVmPolicy = route({
  method: 'PATCH',
  url: '/api/vcenter/vm/:vm/storage/policy',
  summary: 'Assigns a storage policy: the encryption policy encrypts a VM, the default decrypts it',
  privilege: 'VirtualMachine.Config.Settings',
  alsoNeeds: ['Cryptographer.Encrypt', 'Cryptographer.Decrypt'],
  action: 'vm.assign-policy',
  audited: 'with the change',
  params: VmParams,
  query: Type.Object({ 'vmw-task': Type.Optional(Type.Boolean()) }),
  body: Type.Object(
    {
      vm_home: PolicySpec,
      disks: Type.Optional(Type.Record(Type.String(), PolicySpec)),
    },
    { additionalProperties: false },
  ),
  handle: async ({ params, query, body, asker, needs }, service) => {
    const vm = await vmOf(service, params.vm);
    const policy = wantedPolicy(body.vm_home);
    if (Object.values(body.disks ?? {}).some((spec) => wantedPolicy(spec) !== policy))
      throw new Failure('Unsupported', 'a VM’s home and its disks have the same storage policy here');
    needs(policy.encrypts ? 'Cryptographer.Encrypt' : 'Cryptographer.Decrypt');
    const task = await (policy.encrypts ? startEncryption(service, asker, vm) : startDecryption(service, asker, vm));
    if (query['vmw-task'] === true) return { status: 202, body: task };
    await waitForTask(service, task);
    return { status: 204 };
  },
});

function wantedPolicy({ type, policy }: Static<typeof PolicySpec>): StoragePolicy {
  if (type === 'USE_DEFAULT_POLICY') return policies.datastoreDefault;
  if (policy === undefined) throw new Failure('InvalidArgument', 'USE_SPECIFIED_POLICY names a storage policy');
  return policyOf(policy);
}

async function startDecryption(service: Service, asker: Asker, vm: Vm): Promise<string> {
  if (vm.key === undefined) throw new Failure('NotEncrypted', `virtual machine ${vm.id} is not encrypted`);
  checkPoweredOff(vm, 'decrypted');
  return await startHostTask(service, asker, vm, {
    operation: 'decrypt',
    action: 'vm.decrypt',
    condition: { powerState: 'POWERED_OFF', encrypted: true },
    command: 'decryptVm',
  });
}
