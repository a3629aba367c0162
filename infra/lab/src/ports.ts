import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isErrorCode, readIfPresent, writePrivateFile } from './private-file.ts';

/** Every TCP port of the lab and the number it gets where that is free. All on 127.0.0.1. */
export const defaultPorts = {
  postgres: 15432,
  nats: 4222,
  natsMonitor: 8222,
  kmip: 5696,
  kmsHttps: 8443,
  brokerHttps: 9443,
  stewardOps: 9101,
  kmsOps: 9102,
  gatewayOps: 9103,
  brokerOps: 9104,
  'esx-1Ops': 9105,
  'esx-2Ops': 9106,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

// Object.keys types its result as string[]; the keys of a const object are exactly its own.
const portNames = Object.keys(defaultPorts) as PortName[];

/** True if nothing listens there. */
export async function isFreePort(port: number): Promise<boolean> {
  try {
    await probePort(port);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'EADDRINUSE') || isErrorCode(error, 'EACCES')) return false;
    throw error;
  }
}

/** Below what kernels give to outgoing connections, one of which may take a port between its choice and its use. */
const choosable = { from: 20_000, to: 32_000 } as const;
const choicesMax = 100;

/** A port on 127.0.0.1 that is free now. */
export async function findFreePort(): Promise<number> {
  for (let choice = 0; choice < choicesMax; choice += 1) {
    const port = randomInt(choosable.from, choosable.to);
    if (await isFreePort(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 from ${choosable.from} to ${choosable.to}`);
}

function probePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()));
  });
}

/**
 * The ports of this start: last time's where they are still free, so that stored addresses stay right, else the
 * defaults, else any. They are written to `ports.json` in the state folder.
 */
export async function choosePorts(stateDirectory: string): Promise<Ports> {
  const file = join(stateDirectory, 'ports.json');
  const previous = parsePorts(await readIfPresent(file));
  const chosen: Record<string, number> = {};
  for (const name of portNames) {
    chosen[name] = await choosePort([previous.get(name), defaultPorts[name]], Object.values(chosen));
  }
  await writePrivateFile(file, `${JSON.stringify(chosen, undefined, 2)}\n`);
  // The loop above filled every name of the table.
  return chosen as Ports;
}

/** Those that are not where people look first. */
export const movedPorts = (ports: Ports): [PortName, number][] =>
  portNames.filter((name) => ports[name] !== defaultPorts[name]).map((name) => [name, ports[name]]);

async function choosePort(wishes: readonly (number | undefined)[], taken: readonly number[]): Promise<number> {
  for (const port of wishes) {
    if (port !== undefined && !taken.includes(port) && (await isFreePort(port))) return port;
  }
  const port = await findFreePort();
  return taken.includes(port) ? choosePort([], taken) : port;
}

function parsePorts(content: Buffer | undefined): Map<string, number> {
  const value: unknown = JSON.parse(content?.toString('utf8') ?? '{}');
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}
