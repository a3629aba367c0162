import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, migrate, openDatabase } from '@kagibako/runtime/database';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { migrations } from './broker.ts';

let database: TestDatabase;
let runtime: Database;

before(async () => {
  database = await createDatabase({ name: 'vcenter_broker', migrations });
  runtime = openDatabase(database.url, database.password, () => undefined);
  await runtime.query(`INSERT INTO audit (actor, action, outcome, peer_address) VALUES ('a', 'read', 'success', 'd')`);
});

after(async () => {
  await runtime.end();
  await database.drop();
});

// "must be owner" is the same code in PostgreSQL: insufficient_privilege.
const denied = { code: '42501' };

for (const statement of [
  'CREATE TABLE mine (id integer)',
  'CREATE SCHEMA mine',
  'ALTER TABLE audit ADD COLUMN note text',
  'ALTER TABLE audit DISABLE TRIGGER ALL',
  'DROP TABLE audit',
  'CREATE INDEX mine ON audit (actor)',
])
  test(`the runtime role may not run DDL: ${statement}`, async () => {
    await assert.rejects(runtime.query(statement), denied);
  });

for (const statement of [
  `UPDATE audit SET actor = 'another'`,
  'DELETE FROM audit',
  'TRUNCATE audit',
  `INSERT INTO audit (seq, actor, action, outcome, peer_address) OVERRIDING SYSTEM VALUE
     VALUES (1, 'a', 'b', 'success', 'd') ON CONFLICT (seq) DO UPDATE SET actor = 'another'`,
])
  test(`the runtime role may not change the audit: ${statement.split('\n')[0]}`, async () => {
    await assert.rejects(runtime.query(statement), denied);
    assert.deepEqual(await database.query('SELECT actor FROM audit'), [{ actor: 'a' }]);
  });

test('the runtime role may not remove a task, a user or a host, nor change a grant or what was accepted', async () => {
  for (const table of ['tasks', 'users', 'hosts']) await assert.rejects(runtime.query(`DELETE FROM ${table}`), denied);
  for (const change of ['key_grants SET host_id', 'host_key_requests SET hash', 'handled_events SET id'])
    await assert.rejects(runtime.query(`UPDATE ${change} = NULL`), denied);
});

test('migrating again changes nothing', async () => {
  assert.equal(await migrate(database.ownerUrl, database.password, migrations), 0);
});
