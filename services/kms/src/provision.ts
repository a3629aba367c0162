import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '@kagibako/runtime/config';
import { type Database, openDatabase } from '@kagibako/runtime/database';
import { type AuditAction, succeeded } from './audit.ts';
import { provisionSettings } from './config.ts';
import { createInstanceKey, createTokenKey, openInstanceKey, type Root } from './key-hierarchy.ts';
import { isRole, type Role, roles } from './roles.ts';
import { createSoftwareRoot, openSoftwareRoot } from './software-root.ts';
import {
  createFirstTokenKey,
  createInstance,
  findInstance,
  grantRole,
  newestInstanceKey,
  newestTokenKey,
} from './store/instances.ts';
import { hashApiKey } from './tokens.ts';

const apiKeyBytes = 32;

/** `--instance NAME --api-key-file FILE --role ROLE`: makes what is not there yet, and may be run again. */
async function provision(): Promise<{ instanceId: string }> {
  const { name, apiKeyFile, role } = readArguments();
  const config = readConfig(provisionSettings, process.env);
  const database = openDatabase(config.databaseUrl, config.databasePassword, () => undefined);
  try {
    const root = await openOrCreateRoot(database, config.rootFile, config.rootPassphrase);
    try {
      const instanceId = await ensureInstance(database, root, name, config.region);
      await ensureApiKey(database, { instanceId, apiKeyFile, role });
      await ensureTokenKey(database, root);
      return { instanceId };
    } finally {
      root.close();
    }
  } finally {
    await database.end();
  }
}

function readArguments(): { name: string; apiKeyFile: string; role: Role } {
  const { values } = parseArgs({
    options: { instance: { type: 'string' }, 'api-key-file': { type: 'string' }, role: { type: 'string' } },
  });
  const { instance: name, 'api-key-file': apiKeyFile, role } = values;
  if (name === undefined || apiKeyFile === undefined || !isRole(role))
    throw new Error(`provision --instance NAME --api-key-file FILE --role ${roles.join('|')}`);
  return { name, apiKeyFile, role };
}

/** A root file that is missing though keys lie under its master key was lost: a new one would open none of them. */
async function openOrCreateRoot(database: Database, file: string, passphrase: Uint8Array): Promise<Root> {
  if (!(await exists(file))) {
    if ((await newestInstanceKey(database)) !== undefined)
      throw new Error(`there are keys, but the root file ${file} that opens them is missing`);
    await createSoftwareRoot(file, passphrase);
  }
  return await openSoftwareRoot(file, passphrase);
}

async function ensureInstance(database: Database, root: Root, name: string, region: string): Promise<string> {
  const key = await createInstanceKey(root, randomUUID(), 1);
  const audit = auditOf(key.instanceId, 'kms.instance.create');
  const created = await createInstance(database, audit, { name, region, key });
  const instanceId = created ? key.instanceId : await findInstance(database, name);
  const stored = instanceId === undefined ? undefined : await newestInstanceKey(database, instanceId);
  if (instanceId === undefined || stored === undefined) throw new Error(`instance ${name} has no key`);
  // Not every root opens every database: better told here than at the first request.
  (await openInstanceKey(root, stored)).destroy();
  return instanceId;
}

async function ensureApiKey(
  database: Database,
  { instanceId, apiKeyFile, role }: { instanceId: string; apiKeyFile: string; role: Role },
): Promise<void> {
  if (!(await exists(apiKeyFile))) {
    await mkdir(dirname(apiKeyFile), { recursive: true, mode: 0o700 });
    await writeFile(apiKeyFile, randomBytes(apiKeyBytes).toString('base64url'), { mode: 0o600, flag: 'wx' });
  }
  const hash = hashApiKey((await readFile(apiKeyFile, 'utf8')).trim());
  await grantRole(database, auditOf(instanceId, 'kms.api-key.create'), {
    apiKeyId: randomUUID(),
    hash,
    instanceId,
    role,
  });
}

async function ensureTokenKey(database: Database, root: Root): Promise<void> {
  if ((await newestTokenKey(database)) === undefined)
    await createFirstTokenKey(database, await createTokenKey(root, randomUUID()));
}

const auditOf = (instanceId: string, action: AuditAction) =>
  succeeded({ instanceId, actor: 'provision', peerAddress: 'local' }, { action, operation: 'provision' });

async function exists(file: string): Promise<boolean> {
  return await readFile(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

console.log(JSON.stringify(await provision()));
