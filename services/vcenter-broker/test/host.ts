import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Bus } from '@kagibako/bus/bus';
import { consume } from '@kagibako/bus/consume';
import { eventFact } from '@kagibako/bus/event-facts';
import { publishFact } from '@kagibako/bus/facts';
import { type CommandBody, type CommandName, commands } from '@kagibako/contracts/commands';
import type { EventBody, EventName } from '@kagibako/contracts/events';
import { connectAs } from '@kagibako/testing/bus';
import type { TestNats } from '@kagibako/testing/nats';

/** The host's end of the bus: a real identity and real messages, and no files behind them. */
export interface TestHost {
  id: string;
  bus: Bus;
  signingKey: ReturnType<typeof generateKeyPairSync>['privateKey'];
  publicKey: string;
  /** Commands in the order in which they came. */
  received: { name: CommandName; body: CommandBody<CommandName>; id: string }[];
  /** What it does with the next commands instead of succeeding. */
  next: ('fail' | 'ignore')[];
  tell<N extends EventName>(name: N, body: EventBody<N>, id?: string): Promise<void>;
  close(): Promise<void>;
}

const task = ({ taskId, vmId }: CommandBody<CommandName>, hostId: string) => ({ taskId, vmId, hostId });

export async function startHost(nats: TestNats, id: string): Promise<TestHost> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const bus = await connectAs(nats, `esxi-agent-${id}`);
  const host: TestHost = {
    id,
    bus,
    signingKey: privateKey,
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    received: [],
    next: [],
    tell: async (name, body, eventId = randomUUID()) => {
      await publishFact(bus, eventFact(name, eventId, body));
    },
    close: async () => {
      await work.stop();
      await bus.close();
    },
  };
  const answers: { [N in CommandName]: (body: CommandBody<N>) => Promise<void> } = {
    createVm: (body) =>
      host.tell('vmCreated', {
        ...task(body, id),
        disks: body.disks.map(({ disk, capacityBytes = 4_096 }) => ({ disk, capacityBytes, fileName: 'disk.vmdk' })),
      }),
    deleteVm: (body) => host.tell('vmDeleted', task(body, id)),
    powerOnVm: (body) => host.tell('vmPoweredOn', task(body, id)),
    powerOffVm: (body) => host.tell('vmPoweredOff', task(body, id)),
    encryptVm: (body) => host.tell('vmEncrypted', { ...task(body, id), key: body.key, bytesEncrypted: 4_096 }),
    decryptVm: (body) => host.tell('vmDecrypted', { ...task(body, id), bytesDecrypted: 4_096 }),
  };
  const subscriptions = (Object.keys(commands) as CommandName[]).map((name) => ({
    name: commands[name].command,
    template: commands[name].command,
    schema: commands[name].body,
    handle: async (received: unknown, { id: commandId }: { id: string }) => {
      const body = received as CommandBody<CommandName>;
      host.received.push({ name, body, id: commandId });
      const instead = host.next.shift();
      if (instead === 'ignore') return;
      if (instead === 'fail') {
        const failure = {
          command: commands[name].command,
          code: 'InsufficientSpace',
          message: 'the datastore is full',
        };
        await host.tell('taskFailed', { ...task(body, id), ...failure });
      } else await answers[name](body as never);
    },
  }));
  const work = consume(bus, { stream: 'HOSTCMD', durable: id, concurrency: 1, subscriptions });
  return host;
}
