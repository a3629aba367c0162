import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolders } from '@kagibako/lab/settings';
import type { OtlpReceiver } from './otlp-receiver.ts';
import type { RunningLab } from './running-lab.ts';
import type { Finding, SecretScanner } from './secret-scanner.ts';
import type { Wiretap } from './wiretap.ts';

/** What of a VM's files is in the clear by design, and so must hold nothing that is not. */
const clearVmFile = /\.(vmx|vmsd|log)$|^(?!.*-flat\.vmdk$).*\.vmdk$/;

/** Where a secret could have been left behind, besides a process's memory. */
export interface LeakPlaces {
  running: RunningLab;
  tap: Wiretap;
  receiver: OtlpReceiver;
}

/** Each place with how it is looked through. */
export const leakPlaces = {
  'the bus': async ({ tap }: LeakPlaces, scanner: SecretScanner) =>
    tap.messages.flatMap(({ subject, content }) => scanner.scan(subject, content)),
  'JetStream’s store': ({ running }: LeakPlaces, scanner: SecretScanner) =>
    scanFolder(join(labFolders(running.settings.stateDirectory).nats, 'jetstream'), scanner),
  'PostgreSQL’s data and WAL': ({ running }: LeakPlaces, scanner: SecretScanner) =>
    scanFolder(join(String(running.lab.postgres.stateDirectory), 'data'), scanner),
  traces: async ({ receiver }: LeakPlaces, scanner: SecretScanner) =>
    receiver.exports.flatMap((content, at) => scanner.scan(`export ${at}`, content)),
  logs: ({ running }: LeakPlaces, scanner: SecretScanner) => scanFolder(running.lab.logs, scanner),
  'the VMs’ clear files': async ({ running }: LeakPlaces, scanner: SecretScanner) =>
    (
      await Promise.all(
        running.lab.agents.map(({ datastore }) => scanFolder(datastore, scanner, (name) => clearVmFile.test(name))),
      )
    ).flat(),
} as const satisfies Record<string, (places: LeakPlaces, scanner: SecretScanner) => Promise<Finding[]>>;

async function scanFolder(
  folder: string,
  scanner: SecretScanner,
  isWanted: (name: string) => boolean = () => true,
): Promise<Finding[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const findings: Finding[] = [];
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile() && isWanted(entry.name))) {
    const file = join(parentPath, name);
    const content = await readFile(file).catch(goneMeanwhile);
    if (content !== undefined) findings.push(...scanner.scan(file, content));
  }
  return findings;
}

/** A running server removes files under a reader. */
function goneMeanwhile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
