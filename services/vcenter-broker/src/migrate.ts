import { fileURLToPath } from 'node:url';
import { readConfig } from '@kagibako/runtime/config';
import { migrate } from '@kagibako/runtime/database';
import { migrateSettings } from './config.ts';

/** Brings the database to its newest schema, as its owner. */
const config = readConfig(migrateSettings, process.env);
const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
const count = await migrate(config.databaseUrl, config.databasePassword, migrations);
console.log(JSON.stringify({ migrated: count }));
