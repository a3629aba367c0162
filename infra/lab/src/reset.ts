import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseTable, dropDatabase } from './databases.ts';
import { freeDataDirectory, postgresStateDirectory } from './postgres.ts';
import type { Settings } from './settings.ts';

// By name, because KAGIBAKO_LAB_DIRECTORY may be a folder that holds more. The lock lies in `run`.
const stateNames = [
  'lab.json',
  'seed.json',
  'ports.json',
  'hosts',
  'kms',
  'nats',
  'pki',
  'secrets',
  'logs',
  'postgres',
  'run',
];

/** Deletes what the lab made, here and in the database server that it was given. */
export async function deleteState(settings: Settings): Promise<void> {
  const postgres = postgresStateDirectory(settings.stateDirectory);
  await freeDataDirectory(join(postgres, 'data'));
  await rm(postgres, { recursive: true, force: true });
  if (settings.databaseUrl !== undefined) {
    for (const names of Object.values(databaseTable)) await dropDatabase(settings.databaseUrl, names);
  }
  for (const name of stateNames) await rm(join(settings.stateDirectory, name), { recursive: true, force: true });
}
