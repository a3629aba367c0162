import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, migrate, openDatabase } from '@kagibako/runtime/database';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { migrations } from './kms.ts';

let database: TestDatabase;
let runtime: Database;

before(async () => {
  database = await createDatabase({ name: 'kms', migrations });
  runtime = openDatabase(database.url, database.password, () => undefined);
  await runtime.query(
    `INSERT INTO audit (actor, action, operation, outcome, peer_address) VALUES ('a', 'b', 'c', 'success', 'd')`,
  );
});

after(async () => {
  await runtime.end();
  await database.drop();
});

const denied = { code: '42501' };

for (const statement of [
  'CREATE TABLE mine (id integer)',
  'CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS $$SELECT 1$$',
  'CREATE SCHEMA mine',
  'ALTER TABLE audit ADD COLUMN note text',
  'ALTER TABLE audit DISABLE TRIGGER ALL',
  'DROP TABLE audit',
  'CREATE INDEX mine ON audit (actor)',
])
  test(`the runtime role may not run DDL: ${statement}`, async () => {
    await assert.rejects(runtime.query(statement), (error: { code?: string }) => {
      // "must be owner" is the same code in PostgreSQL: insufficient_privilege.
      assert.equal(error.code, denied.code);
      return true;
    });
  });

for (const statement of [
  `UPDATE audit SET actor = 'another'`,
  'DELETE FROM audit',
  'TRUNCATE audit',
  `INSERT INTO audit (seq, actor, action, operation, outcome, peer_address) OVERRIDING SYSTEM VALUE
     VALUES (1, 'a', 'b', 'c', 'success', 'd') ON CONFLICT (seq) DO UPDATE SET actor = 'another'`,
])
  test(`the runtime role may not change the audit: ${statement.split('\n')[0]}`, async () => {
    await assert.rejects(runtime.query(statement), denied);
    assert.deepEqual(await database.query('SELECT actor FROM audit'), [{ actor: 'a' }]);
  });

test('the runtime role may not change a wrapped key, an instance or an API key', async () => {
  for (const table of ['instance_keys', 'crk_versions', 'token_keys', 'instances', 'api_keys']) {
    await assert.rejects(runtime.query(`DELETE FROM ${table}`), denied);
    await assert.rejects(runtime.query(`UPDATE ${table} SET created_at = now()`), denied);
  }
  await assert.rejects(runtime.query(`UPDATE object_materials SET wrapped = ''`), denied);
});

test('migrating again changes nothing', async () => {
  assert.equal(await migrate(database.ownerUrl, database.password, migrations), 0);
});
