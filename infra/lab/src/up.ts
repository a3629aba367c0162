import { once } from 'node:events';
import { type Lab, writeLab } from './lab-file.ts';
import { lockLab } from './lab-lock.ts';
import { describeLab, makePlan } from './plan.ts';
import { labProcesses } from './processes.ts';
import { labFolders, type Settings } from './settings.ts';
import { endOrphans, Supervisor, selectProcesses } from './supervisor.ts';

const dayMs = 86_400_000;

export interface UpOptions {
  readonly settings: Settings;
  /** The processes wanted, with all they depend on; empty means all. */
  readonly only: readonly string[];
  readonly progress: (message: string) => void;
  /** Called once, when everything is ready. */
  readonly ready: (lab: Lab) => void;
  /** Aborted when the lab shall stop, be it during the start. */
  readonly stop: AbortSignal;
}

/** Starts the lab, keeps it running until `stop`, ends it. Rejects where another lab runs on the same state. */
export async function runLab(options: UpOptions): Promise<void> {
  const { run } = labFolders(options.settings.stateDirectory);
  const unlock = await lockLab(run);
  try {
    for (const name of await endOrphans(run)) options.progress(`ended ${name}, left behind by a killed lab`);
    const supervisor = await makeSupervisor(options);
    await superviseUntilStopped(supervisor, options);
  } finally {
    await unlock();
  }
}

interface Preparation {
  readonly supervisor: Supervisor;
  readonly describe: () => Promise<Lab>;
}

async function makeSupervisor({ settings, only, progress }: UpOptions): Promise<Preparation> {
  const folders = labFolders(settings.stateDirectory);
  const plan = await makePlan(settings, progress);
  const all = labProcesses(plan);
  const supervisor = new Supervisor(only.length === 0 ? all : selectProcesses(all, only), {
    logDirectory: folders.logs,
    runDirectory: folders.run,
    report: progress,
    progress: (name, durationMs) => progress(`${name.padEnd(32)} ${(durationMs / 1_000).toFixed(1)} s`),
  });
  return { supervisor, describe: () => describeLab(plan) };
}

async function superviseUntilStopped({ supervisor, describe }: Preparation, options: UpOptions): Promise<void> {
  const { settings, progress, ready, stop } = options;
  try {
    await Promise.race([startUnlessStopped(supervisor, stop), aborted(stop)]);
    if (!stop.aborted) {
      const lab = await describe();
      await writeLab(settings.stateDirectory, lab);
      ready(lab);
      await holdUntilAborted(stop);
    }
  } finally {
    progress('stopping');
    await supervisor.stop();
  }
  progress('stopped');
}

/** What a start that is being stopped fails with is not news. */
async function startUnlessStopped(supervisor: Supervisor, stop: AbortSignal): Promise<void> {
  try {
    await supervisor.start();
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** Keeps this program running, also where it has no process to look after. */
async function holdUntilAborted(signal: AbortSignal): Promise<void> {
  const hold = setInterval(() => undefined, dayMs);
  await aborted(signal);
  clearInterval(hold);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
