import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { nothing, route } from '../route.ts';
import { waitForTask } from '../tasks.ts';
import { startHostTask, vmOf } from '../vm-tasks.ts';
import { VmParams } from './vms.ts';

export const readPower = route({
  method: 'GET',
  url: '/api/vcenter/vm/:vm/power',
  summary: 'Shows whether a VM runs',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: VmParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const { powerState } = await vmOf(service, params.vm);
    const off = powerState === 'POWERED_OFF' ? { clean_power_off: true } : {};
    return { status: 200, body: { state: powerState, ...off } };
  },
});

/** What each action does. */
const actions = {
  start: {
    privilege: 'VirtualMachine.Interact.PowerOn',
    from: 'POWERED_OFF',
    task: {
      operation: 'power-on',
      action: 'vm.power-on',
      condition: { powerState: 'POWERED_OFF', encrypted: undefined },
      command: 'powerOnVm',
    },
  },
  stop: {
    privilege: 'VirtualMachine.Interact.PowerOff',
    from: 'POWERED_ON',
    task: {
      operation: 'power-off',
      action: 'vm.power-off',
      condition: { powerState: 'POWERED_ON', encrypted: undefined },
      command: 'powerOffVm',
    },
  },
} as const;

export const changePower = route({
  method: 'POST',
  url: '/api/vcenter/vm/:vm/power',
  summary: 'Powers a VM on (start) or off (stop)',
  privilege: 'System.Read',
  alsoNeeds: Object.values(actions).map(({ privilege }) => privilege),
  action: ({ action }) => actions[action].task.action,
  audited: 'with the change',
  params: VmParams,
  query: Type.Object({ action: Type.Union([Type.Literal('start'), Type.Literal('stop')]) }),
  handle: async ({ params, query, asker, needs }, service) => {
    const { privilege, from, task } = actions[query.action];
    needs(privilege);
    const vm = await vmOf(service, params.vm);
    if (vm.powerState !== from)
      throw new Failure(
        'AlreadyInDesiredState',
        `virtual machine ${vm.id} is ${from === 'POWERED_OFF' ? 'powered on' : 'powered off'} already`,
      );
    await waitForTask(service, await startHostTask(service, asker, vm, task));
    return { status: 204 };
  },
});
