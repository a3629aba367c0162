import { commandFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { DatastorePath } from '@kagibako/contracts/fields';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { checkImagePath, diskKey, vmNamePattern, vmxPath } from '../inventory.ts';
import { policies } from '../policies.ts';
import { nothing, route } from '../route.ts';
import { findHost } from '../store/hosts.ts';
import { startCreation } from '../store/tasks.ts';
import { listVms, nextVmId, type Vm, vmsListedMax } from '../store/vms.ts';
import { waitForTask } from '../tasks.ts';
import { checkPoweredOff, newTask, startHostTask, vmOf } from '../vm-tasks.ts';

export const VmParams = Type.Object({ vm: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) });
const disksMax = 60;
const sectorBytes = 512;
const capacityBytesMax = 62 * 1024 ** 4;
const memoryMiBMax = 24 * 1024 * 1024;
const cpusMax = 768;

const NewDisk = Type.Object(
  {
    type: Type.Optional(Type.String({ maxLength: 16 })),
    backing: Type.Optional(
      Type.Object({ type: Type.Literal('VMDK_FILE'), vmdk_file: DatastorePath }, { additionalProperties: false }),
    ),
    new_vmdk: Type.Optional(
      Type.Object(
        { capacity: Type.Integer({ minimum: sectorBytes, maximum: capacityBytesMax, multipleOf: sectorBytes }) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
type NewDiskBody = { backing?: { vmdk_file: string }; new_vmdk?: { capacity: number } };

export const createVm = route({
  method: 'POST',
  url: '/api/vcenter/vm',
  summary: 'Creates a VM on a host, with new disks or copies of disk images there',
  privilege: 'VirtualMachine.Inventory.Create',
  action: 'vm.create',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  body: Type.Object(
    {
      guest_OS: Type.String({ pattern: '^[A-Z0-9_]{1,64}$' }),
      name: Type.String({ pattern: vmNamePattern }),
      placement: Type.Object({ host: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
      cpu: Type.Optional(
        Type.Object({ count: Type.Integer({ minimum: 1, maximum: cpusMax }) }, { additionalProperties: false }),
      ),
      memory: Type.Optional(
        Type.Object({ size_MiB: Type.Integer({ minimum: 4, maximum: memoryMiBMax }) }, { additionalProperties: false }),
      ),
      disks: Type.Optional(Type.Array(NewDisk, { maxItems: disksMax })),
    },
    { additionalProperties: false },
  ),
  handle: async ({ body, asker }, service) => {
    const hostId = body.placement.host;
    const host = await findHost(service.database, hostId);
    if (host?.publicKey === undefined) throw new Failure('NotFound', `no host ${hostId} is enrolled`);
    const disks = (body.disks ?? []).map((disk, at) => ({ disk: diskKey(at), ...sourceOf(hostId, disk) }));
    const vmId = await nextVmId(service.database);
    const vm = {
      name: body.name,
      path: vmxPath(hostId, body.name),
      guestOs: body.guest_OS,
      cpuCount: body.cpu?.count ?? 1,
      memoryMiB: body.memory?.size_MiB ?? 64,
      policyId: policies.datastoreDefault.policy,
    };
    const task = newTask('create', asker, { vmId, hostId });
    const { name, path, guestOs, memoryMiB } = vm;
    const command = commandFact('createVm', task.id, hostId, {
      taskId: task.id,
      vmId,
      path,
      name,
      guestOs,
      memoryMiB,
      disks,
    });
    await startCreation(service.database, { audit: succeeded(asker, 'vm.create', vmId), command }, task, vm);
    service.changed();
    await waitForTask(service, task.id);
    return { status: 201, body: vmId };
  },
});

function sourceOf(
  hostId: string,
  { backing, new_vmdk }: NewDiskBody,
): { sourceImage: string } | { capacityBytes: number } {
  if (backing !== undefined && new_vmdk === undefined) {
    checkImagePath(hostId, backing.vmdk_file);
    return { sourceImage: backing.vmdk_file };
  }
  if (new_vmdk !== undefined && backing === undefined) return { capacityBytes: new_vmdk.capacity };
  throw new Failure('InvalidArgument', 'a disk has either a backing or a new_vmdk');
}

const Texts = Type.Optional(Type.Array(Type.String({ maxLength: 80 }), { maxItems: 100 }));

export const listAllVms = route({
  method: 'GET',
  url: '/api/vcenter/vm',
  summary: 'Lists VMs',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: Type.Object({ vms: Texts, names: Texts, hosts: Texts }),
  handle: async ({ query }, { database }) => {
    const found = await listVms(database, query);
    if (found.length > vmsListedMax)
      throw new Failure('InsufficientSpace', `more than ${vmsListedMax} VMs: filter them by name or host`);
    return {
      status: 200,
      body: found.map((vm) => ({
        vm: vm.id,
        name: vm.name,
        power_state: vm.powerState,
        cpu_count: vm.cpuCount,
        memory_size_MiB: vm.memoryMiB,
      })),
    };
  },
});

export const readVm = route({
  method: 'GET',
  url: '/api/vcenter/vm/:vm',
  summary: 'Shows a VM',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: VmParams,
  query: nothing,
  handle: async ({ params }, service) => ({ status: 200, body: shown(await vmOf(service, params.vm)) }),
});

export const deleteVm = route({
  method: 'DELETE',
  url: '/api/vcenter/vm/:vm',
  summary: 'Deletes a VM that is off, with its files',
  privilege: 'VirtualMachine.Inventory.Delete',
  action: 'vm.delete',
  audited: 'with the change',
  params: VmParams,
  query: nothing,
  handle: async ({ params, asker }, service) => {
    const vm = await vmOf(service, params.vm);
    checkPoweredOff(vm, 'deleted');
    const task = await startHostTask(service, asker, vm, {
      operation: 'delete',
      action: 'vm.delete',
      condition: { powerState: 'POWERED_OFF', encrypted: undefined },
      command: 'deleteVm',
    });
    await waitForTask(service, task);
    return { status: 204 };
  },
});

const shown = (vm: Vm) => ({
  guest_OS: vm.guestOs,
  name: vm.name,
  identity: { name: vm.name },
  power_state: vm.powerState,
  host: vm.hostId,
  vmx_file: vm.path,
  cpu: { count: vm.cpuCount },
  memory: { size_MiB: vm.memoryMiB },
  disks: Object.fromEntries(
    vm.disks.map(({ disk, capacityBytes, fileName }) => [
      disk,
      {
        label: `Hard disk ${Number(disk) - Number(diskKey(0)) + 1}`,
        type: 'SCSI',
        backing: { type: 'VMDK_FILE', vmdk_file: fileOf(vm, fileName) },
        capacity: capacityBytes,
      },
    ]),
  ),
  // vSphere shows these in VirtualMachine.config.keyId only.
  ...(vm.key === undefined ? {} : { encryption: { provider: vm.key.providerId, key_id: vm.key.keyId } }),
});

/** A host may tell the file alone or its whole path. */
const fileOf = (vm: Vm, fileName: string): string =>
  fileName.startsWith('[') ? fileName : `${vm.path.slice(0, vm.path.lastIndexOf('/') + 1)}${fileName}`;
