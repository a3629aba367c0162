import type { Bus } from '@kagibako/bus/bus';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { advisoryConsumer, parkDeadLetter } from './dead-letters.ts';
import { provisionStreams } from './provision-streams.ts';

const lookEveryMs = 1_000;
const fetchTimeoutMs = 5_000;

/** The steward's permissions are narrow enough that the client's own check of the account would be refused. */
const managerOf = (bus: Bus): Promise<JetStreamManager> => jetstreamManager(bus.connection, { checkAPI: false });

export function keepStreams(bus: Bus, hostIds: readonly string[]): { ready(): Promise<void>; stop(): void } {
  let inPlace = false;
  const look = async (): Promise<void> => {
    const made = await provisionStreams(await managerOf(bus), hostIds);
    if (made.length > 0) bus.logger.info({ made }, 'streams made');
    inPlace = true;
  };
  const stop = repeat(look, (error) => {
    inPlace = false;
    bus.logger.warn({ err: error }, 'streams not in place');
  });
  return {
    stop,
    ready: async () => {
      if (!inPlace) throw new Error('streams are not in place');
    },
  };
}

export function followAdvisories(bus: Bus): { stop(): void } {
  const look = async (): Promise<void> => {
    const manager = await managerOf(bus);
    const consumer = await bus.jetstream.consumers.get(advisoryConsumer.stream, advisoryConsumer.name);
    for await (const message of await consumer.fetch({ max_messages: 50, expires: fetchTimeoutMs })) {
      await parkDeadLetter(bus, manager, message.json());
      message.ack();
    }
  };
  return { stop: repeat(look, (error) => bus.logger.warn({ err: error }, 'advisories wait')) };
}

/** Runs `work` again and again, with a pause between, until stopped. */
function repeat(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (): Promise<void> => {
    await work().catch(failed);
    if (!stopped) timer = setTimeout(() => void turn(), lookEveryMs);
  };
  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
