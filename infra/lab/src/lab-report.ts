import { join } from 'node:path';
import type { Lab } from './lab-file.ts';
import { isRunning, readProcessRecord } from './process-identity.ts';
import { isReady } from './supervised-process.ts';
import { listRecords } from './supervisor.ts';

/** What a person needs to use a lab that has just started. */
export function addressTable(lab: Lab, file: string): string {
  const rows: [string, string][] = [
    ['vcenter-broker', `${lab.broker.url}   (${lab.broker.user}, password in ${lab.broker.passwordFile})`],
    ['kms', `${lab.kms.url}   (API key in ${lab.kms.apiKeyFile})`],
    ['KMIP', `${lab.kmip.host}:${lab.kmip.port}   (client identity ${lab.kmip.certFile})`],
    ['NATS', lab.nats.url],
    ['PostgreSQL', lab.postgres.url],
    ...lab.agents.map(({ name, datastore }): [string, string] => [name, datastore]),
    ['logs', lab.logs],
    ['all of this', file],
  ];
  return `${formatTable(rows)}\n\n  next: npm run lab -- demo`;
}

/** Each recorded process of a running lab, and whether it says that it is ready. */
export async function statusTable(runDirectory: string): Promise<string> {
  const names = (await listRecords(runDirectory)).sort();
  const rows = names.map(async (name): Promise<[string, string]> => [name, await describe(runDirectory, name)]);
  return formatTable(await Promise.all(rows));
}

async function describe(runDirectory: string, name: string): Promise<string> {
  const record = await readProcessRecord(join(runDirectory, `${name}.json`));
  if (record === undefined || !isRunning(record)) return 'not running';
  if (record.readyUrl === undefined) return `running (process ${record.pid})`;
  const state = (await isReady({ url: record.readyUrl })) ? 'ready' : 'not ready';
  return `${state} (process ${record.pid}, ${record.readyUrl})`;
}

function formatTable(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
