import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { answersQuery, databaseUrl } from '@kagibako/lab/databases';
import type { Lab } from '@kagibako/lab/lab-file';
import { defaultPorts, findFreePort } from '@kagibako/lab/ports';
import { readProcessRecord, waitForEnd } from '@kagibako/lab/process-identity';
import { deleteState } from '@kagibako/lab/reset';
import { labFolders, type Settings } from '@kagibako/lab/settings';
import { isReady, recordFile } from '@kagibako/lab/supervised-process';
import { runLab } from '@kagibako/lab/up';
import pg from 'pg';

const endsWithinMs = 10_000;
const backWithinMs = 60_000;
const pollMs = 50;

/** A whole lab of a test's own: real PostgreSQL, real nats-server, every service, under the lab's own supervisor. */
export interface RunningLab {
  lab: Lab;
  settings: Settings;
  /** SIGKILL; the supervisor starts the process again. */
  kill(process: string): Promise<void>;
  /** Until the process answers that it is ready. */
  untilReady(process: string): Promise<void>;
  pidOf(process: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startLab(options: { otlpUrl?: string; stateDirectory?: string } = {}): Promise<RunningLab> {
  const stateDirectory = options.stateDirectory ?? (await mkdtemp(join(tmpdir(), 'kagibako-lab-')));
  await chooseOwnPorts(stateDirectory);
  const settings: Settings = {
    stateDirectory,
    databaseUrl: undefined,
    natsUrl: undefined,
    otlpUrl: options.otlpUrl ?? 'http://127.0.0.1:9',
    logLevel: 'debug',
  };
  const abort = new AbortController();
  const said: string[] = [];
  const ready = Promise.withResolvers<Lab>();
  const running = runLab({
    settings,
    only: [],
    progress: (message) => said.push(message),
    ready: ready.resolve,
    stop: abort.signal,
  });
  running.catch((error: unknown) =>
    ready.reject(new Error(`the lab did not start:\n${said.join('\n')}`, { cause: error })),
  );
  const lab = await ready.promise;
  const recordOf = (name: string) => readProcessRecord(recordFile(labFolders(stateDirectory).run, name));
  const pidOf = async (name: string): Promise<number> => {
    const record = await recordOf(name);
    if (record === undefined) throw new Error(`no process is called ${name}`);
    return record.pid;
  };
  return {
    lab,
    settings,
    pidOf,
    kill: async (name) => {
      const record = await recordOf(name);
      if (record === undefined) return;
      process.kill(record.pid, 'SIGKILL');
      await waitForEnd(record, endsWithinMs);
    },
    untilReady: async (name) => {
      await until(`${name} is ready`, async () => {
        if (name === 'postgres') return await answersQuery(await administratorsUrl(lab));
        const url = (await recordOf(name))?.readyUrl;
        return url !== undefined && (await isReady({ url }));
      });
    },
    stop: async () => {
      abort.abort();
      await running;
      await deleteState(settings);
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** Labs of tests start side by side: each takes ports of its own instead of looking for the defaults at the same time. */
async function chooseOwnPorts(stateDirectory: string): Promise<void> {
  const names = Object.keys(defaultPorts);
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await findFreePort());
  const chosen = Object.fromEntries([...ports].map((port, at) => [names[at], port]));
  await writeFile(join(stateDirectory, 'ports.json'), JSON.stringify(chosen));
}

/** The caller ends the connection. */
export async function connectAsAdministrator(lab: Lab, database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl(await administratorsUrl(lab), database) });
  await client.connect();
  return client;
}

/** The administrator's connection with its password inside. */
async function administratorsUrl({ postgres }: Lab): Promise<string> {
  const url = new URL(postgres.url);
  url.password = encodeURIComponent(await readFile(postgres.passwordFile, 'utf8'));
  return url.href;
}

/** Waits for a condition, and says which one it was where it never held. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = backWithinMs): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await wait(pollMs);
  }
}
