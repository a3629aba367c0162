import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '@kagibako/bus/bus';
import { consume } from '@kagibako/bus/consume';
import { commandFact } from '@kagibako/bus/event-facts';
import { publishFact } from '@kagibako/bus/facts';
import { followProgress } from '@kagibako/bus/progress';
import { serveRequest } from '@kagibako/bus/request-reply';
import type { CommandBody, CommandName } from '@kagibako/contracts/commands';
import { events, type Progress } from '@kagibako/contracts/events';
import { Failure } from '@kagibako/contracts/failures';
import { durables } from '@kagibako/contracts/streams';
import { type KeyAnswer, type KeyRequest, sealKeyAnswer, verifyKeyRequest } from '@kagibako/crypto/key-delivery';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { provisionStreams } from '@kagibako/nats/provision-streams';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { waitUntil } from '@kagibako/testing/wait-until';
import { jetstreamManager } from '@nats-io/jetstream';
import { makeDirectory } from '../src/durable-file.ts';
import type { Host } from '../src/host.ts';
import { ensureIdentity } from '../src/host-identity.ts';
import { restateAfterStart } from '../src/host-start.ts';
import { createKeyCache } from '../src/key-cache.ts';
import { createKeyClient } from '../src/key-client.ts';
import { serveRequests } from '../src/requests.ts';
import { followCommands } from '../src/subscriptions.ts';
import { openTaskJournal } from '../src/task-journal.ts';
import { createTurns } from '../src/turns.ts';

export const hostId = 'esx-1';
export const providerId = 'kms';

const eventWithinMs = 60_000;

/** An event as the broker hears it. */
export interface Heard {
  name: string;
  id: string;
  data: Record<string, unknown>;
}

/** The broker's end of the bus: it orders, hears what came of it, and gives KEKs to whoever signed for them. */
export interface TestBroker {
  nats: TestNats;
  bus: Bus;
  signingKey: KeyObject;
  /** What hosts verify its answers by. */
  publicKey: KeyObject;
  /** The host's, once it is known. */
  hostKey: KeyObject | undefined;
  heard: Heard[];
  progress: Progress[];
  /** Requests for keys, in their order. */
  asked: KeyRequest[];
  /** The KEK of an id, made when it is first needed. */
  kekOf(keyId: string): Uint8Array;
  /** How the next requests for keys are answered. */
  answer(request: KeyRequest): Promise<KeyAnswer>;
  send<N extends CommandName>(name: N, body: CommandBody<N>, id?: string): Promise<void>;
  /** Sends a command and waits for how it ended. */
  order<N extends CommandName>(name: N, body: CommandBody<N>, id?: string): Promise<Heard>;
  outcomeOf(taskId: string): Promise<Heard>;
  /** All that JetStream holds is lost, as when its folder is deleted. */
  wipeJetStream(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBroker(): Promise<TestBroker> {
  const nats = await startNats({ hosts: [hostId] });
  await provision(nats);
  const bus = await connectAs(nats, 'vcenter-broker');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keks = new Map<string, Uint8Array>();
  const broker: TestBroker = {
    nats,
    bus,
    signingKey: privateKey,
    publicKey,
    hostKey: undefined,
    heard: [],
    progress: [],
    asked: [],
    kekOf: (keyId) => {
      const kek = keks.get(keyId) ?? new Uint8Array(randomBytes(32));
      keks.set(keyId, kek);
      return kek;
    },
    answer: (request) => seal(broker, request),
    send: async (name, body, id = randomUUID()) => {
      await publishFact(bus, commandFact(name, id, hostId, body));
    },
    order: async (name, body, id) => {
      await broker.send(name, body, id);
      return await broker.outcomeOf(body.taskId);
    },
    outcomeOf: (taskId) =>
      waitUntil(`task ${taskId} ends`, () => broker.heard.find(({ data }) => data['taskId'] === taskId), eventWithinMs),
    wipeJetStream: async () => {
      const isBack = new Promise<void>((done) => bus.onReconnect(done));
      await nats.kill();
      await rm(nats.storeDirectory, { recursive: true, force: true });
      await nats.start();
      await isBack;
      await provision(nats);
    },
    stop: async () => {
      await following.stop();
      await bus.close();
      await nats.stop();
    },
  };
  const following = consume(bus, {
    stream: durables.brokerEvents.stream,
    durable: durables.brokerEvents.name,
    concurrency: 1,
    subscriptions: Object.values(events)
      .filter(({ service }) => service === 'esxi-agent')
      .map(({ event, body }) => ({
        name: event,
        template: event,
        schema: body,
        handle: async (data, { id }) => void broker.heard.push({ name: event, id, data: data as Heard['data'] }),
      })),
  });
  followProgress(bus, (progress) => broker.progress.push(progress));
  serveRequest(
    bus,
    'getKeys',
    async (request) => {
      broker.asked.push(request);
      return await broker.answer(request);
    },
    { hostId: '*' },
  );
  return broker;
}

async function provision(nats: TestNats): Promise<void> {
  const steward = await connectAs(nats, 'steward');
  await provisionStreams(await jetstreamManager(steward.connection, { checkAPI: false }), [hostId]);
  await steward.close();
}

/** The answer of a broker that grants everything to its host. */
export async function seal(
  broker: TestBroker,
  request: KeyRequest,
  more: Partial<Parameters<typeof sealKeyAnswer>[0]> = {},
): Promise<KeyAnswer> {
  if (broker.hostKey === undefined) throw new Failure('Unauthorized', 'these keys are not given to this host');
  verifyKeyRequest(request, broker.hostKey);
  const materials = request.keys.map(({ keyId }) => KeyMaterial.take(new Uint8Array(broker.kekOf(keyId))));
  try {
    return await sealKeyAnswer({ request, materials, signingKey: broker.signingKey, ...more });
  } finally {
    for (const material of materials) material.destroy();
  }
}

export interface TestHost {
  host: Host;
  /** The datastore's folder. */
  datastore: string;
  stop(): Promise<void>;
}

/** What `main.ts` wires, in this process. */
export async function startHost(broker: TestBroker, datastoreDirectory?: string): Promise<TestHost> {
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-esx-'));
  const datastore = datastoreDirectory ?? join(directory, 'datastore');
  const stateDirectory = join(directory, 'state');
  await makeDirectory(datastore);
  const signingKey = await ensureIdentity(stateDirectory);
  broker.hostKey = signingKey;
  const bus = await connectAs(broker.nats, `esxi-agent-${hostId}`);
  const host: Host = {
    hostId,
    datastore: { name: hostId, directory: datastore },
    bus,
    keys: createKeyCache(createKeyClient({ bus, hostId, signingKey, brokerKey: broker.publicKey })),
    journal: await openTaskJournal(stateDirectory, restateAfterStart),
    poweredOn: new Set(),
    inTurn: createTurns(),
    logger: createLogger('esxi-agent', 'silent'),
    metrics: createMetrics('esxi-agent'),
  };
  serveRequests(host);
  const commands = followCommands(host);
  return {
    host,
    datastore,
    stop: async () => {
      await commands.stop();
      host.keys.clear();
      await bus.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
