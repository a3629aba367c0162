import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorCode } from './private-file.ts';
import { endOrphan } from './process-identity.ts';
import { type ServiceDefinition, SupervisedProcess, type SupervisionOptions } from './supervised-process.ts';

const orphanGraceMs = 10_000;

/** A piece of work that must be done before what depends on it may start: a migration, the seeding of data. */
export interface TaskDefinition {
  readonly kind: 'task';
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export type ProcessDefinition = ServiceDefinition | TaskDefinition;

export interface SupervisorOptions extends SupervisionOptions {
  /** Told when a process is ready or a task is done, and how long that took. */
  readonly progress: (name: string, durationMs: number) => void;
}

/** Runs the processes of a table, each after what it depends on; stops each after what depends on it. */
export class Supervisor {
  readonly #definitions: ReadonlyMap<string, ProcessDefinition>;
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #starts = new Map<string, Promise<void>>();
  readonly #stops = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(definitions: readonly ProcessDefinition[], options: SupervisorOptions) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
    this.#options = options;
    checkDependencies(this.#definitions);
  }

  /** Resolves when all are ready; at the first failure stops what runs already and rejects. */
  async start(): Promise<void> {
    try {
      await Promise.all([...this.#definitions.keys()].map((name) => this.#start(name)));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends everything. May be called again, and while the start is still under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#definitions.keys()].map((name) => this.#stop(name)));
    await Promise.allSettled(this.#starts.values());
  }

  #start(name: string): Promise<void> {
    return remember(this.#starts, name, async () => {
      const definition = this.#definition(name);
      await Promise.all(definition.dependsOn.map((dependency) => this.#start(dependency)));
      this.#stopping.signal.throwIfAborted();
      const startedAt = performance.now();
      await this.#run(definition);
      this.#options.progress(name, performance.now() - startedAt);
    });
  }

  async #run(definition: ProcessDefinition): Promise<void> {
    if (definition.kind === 'task') return definition.run(this.#stopping.signal);
    const supervised = new SupervisedProcess(definition, this.#options);
    this.#processes.set(definition.name, supervised);
    await supervised.start();
  }

  #stop(name: string): Promise<void> {
    return remember(this.#stops, name, async () => {
      const dependents = [...this.#definitions.values()].filter(({ dependsOn }) => dependsOn.includes(name));
      await Promise.all(dependents.map((dependent) => this.#stop(dependent.name)));
      await this.#processes.get(name)?.stop();
    });
  }

  #definition(name: string): ProcessDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`no process is called ${name}`);
    return definition;
  }
}

function remember(done: Map<string, Promise<void>>, name: string, work: () => Promise<void>): Promise<void> {
  const known = done.get(name);
  if (known !== undefined) return known;
  const promise = work();
  done.set(name, promise);
  return promise;
}

/** Refuses a table with unknown or circular dependencies, which would wait for ever. */
function checkDependencies(definitions: ReadonlyMap<string, ProcessDefinition>): void {
  const visit = (name: string, path: readonly string[]): void => {
    const definition = definitions.get(name);
    if (definition === undefined) throw new Error(`${path.at(-1)} depends on ${name}, which no process is called`);
    if (path.includes(name)) throw new Error(`circular dependency: ${[...path, name].join(' → ')}`);
    for (const dependency of definition.dependsOn) visit(dependency, [...path, name]);
  };
  for (const name of definitions.keys()) visit(name, []);
}

/** The named processes and, transitively, all they depend on. */
export function selectProcesses(
  definitions: readonly ProcessDefinition[],
  names: readonly string[],
): readonly ProcessDefinition[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const definition = definitions.find((candidate) => candidate.name === name);
    if (definition === undefined) throw new Error(`no process is called ${name}`);
    wanted.add(name);
    for (const dependency of definition.dependsOn) add(dependency);
  };
  for (const name of names) add(name);
  return definitions.filter(({ name }) => wanted.has(name));
}

/**
 * Ends what a killed lab left running, and only that: a record names a pid and when the kernel started it.
 * SIGINT is what stops PostgreSQL at once; the other programs take it as a request to end too.
 * Returns the names of the processes it ended.
 */
export async function endOrphans(runDirectory: string): Promise<string[]> {
  const ended: string[] = [];
  const results = (await listRecords(runDirectory)).map(async (name) => {
    if (await endOrphan(join(runDirectory, `${name}.json`), 'SIGINT', orphanGraceMs)) ended.push(name);
  });
  await Promise.all(results);
  return ended;
}

/** The names under which processes are recorded. */
export async function listRecords(runDirectory: string): Promise<string[]> {
  try {
    const names = await readdir(runDirectory);
    return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}
