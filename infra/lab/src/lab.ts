import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { runDemo } from './demo.ts';
import { complain, startDetached, tell } from './detached-lab.ts';
import { labFile, readLab } from './lab-file.ts';
import { findRunningLab, lockLab } from './lab-lock.ts';
import { addressTable, statusTable } from './lab-report.ts';
import { endProcess } from './process-identity.ts';
import { deleteState } from './reset.ts';
import { labFolders, readSettings, type Settings } from './settings.ts';
import { endOrphans, listRecords } from './supervisor.ts';
import { runLab } from './up.ts';

const stopGraceMs = 60_000;
const notRunningExitCode = 3;

const usage = `npm run lab                    start the lab here; Ctrl-C stops it
npm run lab -- --detach        start it in the background
npm run lab -- status          what runs, and where
npm run lab -- demo [--json]   encrypt a VM, step by step
npm run lab -- down            stop it; its state stays
npm run lab -- reset [--yes]   stop it and delete its state
        --only NAME,…          with a start: these processes, and those they need`;

interface Command {
  readonly settings: Settings;
  readonly detach: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly only: readonly string[];
}

/** Each command returns the exit code. */
const commands: Readonly<Record<string, (command: Command) => Promise<number>>> = { up, status, demo, down, reset };

async function up(command: Command): Promise<number> {
  if (command.detach) return startDetached(withoutDetach(process.argv.slice(2)), command.settings);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  await runLab({
    settings: command.settings,
    only: command.only,
    progress: (message) => tell({ text: `  ${message}`, isReady: false }),
    ready: (lab) => tell({ text: `\n${addressTable(lab, labFile(command.settings.stateDirectory))}\n`, isReady: true }),
    stop: stop.signal,
  });
  return 0;
}

function withoutDetach(args: readonly string[]): string[] {
  return args.filter((argument) => argument !== '--detach');
}

async function status({ settings }: Command): Promise<number> {
  const { run } = labFolders(settings.stateDirectory);
  const holder = await findRunningLab(run);
  if (holder === undefined) {
    const left = await listRecords(run);
    console.log(
      left.length === 0
        ? 'the lab does not run: npm run lab'
        : `the lab was killed and left ${left.length} processes: npm run lab -- down`,
    );
    return notRunningExitCode;
  }
  console.log(`the lab runs (process ${holder.pid})\n${await statusTable(run)}`);
  return 0;
}

async function demo({ settings, json }: Command): Promise<number> {
  if ((await findRunningLab(labFolders(settings.stateDirectory).run)) === undefined) {
    throw new Error('the lab does not run: npm run lab -- --detach');
  }
  await runDemo(await readLab(settings.stateDirectory), { json });
  return 0;
}

async function down({ settings }: Command): Promise<number> {
  const { run } = labFolders(settings.stateDirectory);
  const holder = await findRunningLab(run);
  if (holder !== undefined) await endProcess(holder, 'SIGTERM', stopGraceMs);
  const orphans = await endOrphans(run);
  console.log(holder === undefined && orphans.length === 0 ? 'the lab did not run' : 'the lab is stopped');
  return 0;
}

async function reset(command: Command): Promise<number> {
  const { settings } = command;
  const question = `Delete all keys, VMs and settings of the lab in ${settings.stateDirectory}?`;
  if (!command.yes && !(await confirm(question))) return 1;
  await down(command);
  // Held while folders are deleted, so that no lab starts on them; its own folder goes last.
  await lockLab(labFolders(settings.stateDirectory).run);
  await deleteState(settings);
  console.log('its state is deleted');
  return 0;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('reset needs --yes where there is no terminal to ask at');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function parseCommandLine(args: readonly string[]): { name: string; options: Omit<Command, 'settings'> } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      detach: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  const [name = 'up', ...rest] = positionals;
  if (rest.length > 0) throw new Error(`unexpected ${rest.join(' ')}`);
  return { name, options: { ...values, only: values.only.split(',').filter((only) => only !== '') } };
}

async function main(): Promise<number> {
  const { name, options } = parseCommandLine(process.argv.slice(2));
  const command = commands[name];
  if (command !== undefined) return command({ settings: readSettings(process.env), ...options });
  if (name !== 'help') complain(`lab: there is no command ${name}`);
  console.log(usage);
  return name === 'help' ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  complain(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
