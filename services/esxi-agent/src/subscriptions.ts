import { consume, type Subscription } from '@kagibako/bus/consume';
import { commandTemplate } from '@kagibako/bus/event-facts';
import { type CommandBody, type CommandName, commands } from '@kagibako/contracts/commands';
import { delivery } from '@kagibako/contracts/streams';
import type { Host } from './host.ts';
import { createVm } from './subscriptions/create-vm.ts';
import { decryptVm } from './subscriptions/decrypt-vm.ts';
import { deleteVm } from './subscriptions/delete-vm.ts';
import { encryptVm } from './subscriptions/encrypt-vm.ts';
import { powerOffVm } from './subscriptions/power-off-vm.ts';
import { powerOnVm } from './subscriptions/power-on-vm.ts';
import { runTask, type Work } from './task.ts';

/** What a host does for each command. */
const work: { readonly [N in CommandName]: Work<N> } = {
  createVm,
  deleteVm,
  powerOnVm,
  powerOffVm,
  encryptVm,
  decryptVm,
};

/** Works on the commands for this host, until stopped. */
export function followCommands(host: Host): { stop(): Promise<void> } {
  const names = Object.keys(work) as CommandName[];
  return consume(host.bus, {
    stream: 'HOSTCMD',
    durable: host.hostId,
    concurrency: delivery.hostCommandsInFlightMax,
    subscriptions: names.map((name) => subscriptionOf(host, name, work[name] as Work<CommandName>)),
  });
}

function subscriptionOf<N extends CommandName>(host: Host, name: N, does: Work<N>): Subscription {
  const { command, body: schema } = commands[name];
  return {
    name: command,
    template: commandTemplate(command),
    schema,
    // The bus has checked the body against the schema beside it.
    handle: (body, arrived) => runTask(host, command, body as CommandBody<N>, arrived, does),
  };
}
