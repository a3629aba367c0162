import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { databaseUrl, dropDatabase, ensureDatabase } from '../src/databases.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

const passwords = { ownerPassword: 'owner-0', runtimePassword: 'runtime-0' };
const suffix = randomBytes(4).toString('hex');
const names = (service: string) => ({
  database: `${service}_${suffix}`,
  ownerRole: `${service}_owner_${suffix}`,
  runtimeRole: `${service}_runtime_${suffix}`,
});
const [kms, broker] = [names('kms'), names('broker')];

let server: TestPostgres;
before(async () => {
  server = await startTestPostgres();
  for (const service of [kms, broker]) await ensureDatabase(server.adminUrl, service, passwords);
});
after(async () => {
  for (const service of [kms, broker]) await dropDatabase(server.adminUrl, service);
  await server.end();
});

async function query(database: string, role: string, password: string, sql: string): Promise<unknown[]> {
  const url = new URL(databaseUrl(server.adminUrl, database));
  [url.username, url.password] = [role, password];
  const client = new Client({ connectionString: url.href });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const asOwner = (sql: string) => query(kms.database, kms.ownerRole, passwords.ownerPassword, sql);
const asRuntime = (sql: string) => query(kms.database, kms.runtimeRole, passwords.runtimePassword, sql);

test('the owner may create tables, and the runtime role uses them as far as it was granted', async () => {
  await asOwner('CREATE TABLE kept (n int)');
  await assert.rejects(asRuntime('SELECT n FROM kept'), /permission denied for table kept/);
  await asOwner(`GRANT SELECT, INSERT ON kept TO ${kms.runtimeRole}`);
  assert.deepEqual(await asRuntime('INSERT INTO kept VALUES (1) RETURNING n'), [{ n: 1 }]);
  await assert.rejects(asRuntime('DELETE FROM kept'), /permission denied for table kept/);
});

const refusedStatements = [
  'CREATE TABLE stolen (n int)',
  'CREATE TEMPORARY TABLE stolen (n int)',
  'CREATE SCHEMA stolen',
  'CREATE FUNCTION stolen() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE ROLE stolen',
  'CREATE DATABASE stolen',
  `SET ROLE ${kms.ownerRole}`,
  `ALTER DATABASE ${kms.database} SET work_mem = '1MB'`,
  `ALTER ROLE ${kms.runtimeRole} SUPERUSER`,
];
for (const statement of refusedStatements) {
  test(`the runtime role may not ${statement.replaceAll(suffix, '…')}`, async () => {
    await assert.rejects(asRuntime(statement), /permission denied|must be owner|not permitted/i);
  });
}

test('a role connects to its own database alone', async () => {
  for (const [role, password] of [
    [kms.runtimeRole, passwords.runtimePassword],
    [kms.ownerRole, passwords.ownerPassword],
  ] as const) {
    await assert.rejects(query(broker.database, role, password, 'SELECT 1'), /permission denied for database/);
  }
});

test('rights that somebody gave the runtime role by hand are taken back', async () => {
  await asOwner(`GRANT CREATE ON SCHEMA public TO ${kms.runtimeRole}, PUBLIC`);
  await ensureDatabase(server.adminUrl, kms, passwords);
  await assert.rejects(asRuntime('CREATE TABLE stolen (n int)'), /permission denied for schema public/);
});

test('doing it again changes nothing but the passwords', async () => {
  const changed = { ownerPassword: 'owner-1', runtimePassword: 'runtime-1' };
  await asOwner('CREATE TABLE survives (n int)');
  await ensureDatabase(server.adminUrl, kms, changed);
  await assert.rejects(asRuntime('SELECT 1'), /password authentication failed/);
  await query(kms.database, kms.ownerRole, changed.ownerPassword, 'SELECT n FROM survives');
  await ensureDatabase(server.adminUrl, kms, passwords);
});
