import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Failure } from '@kagibako/contracts/failures';
import { findFreePort } from '@kagibako/lab/ports';
import { openDatabase } from '@kagibako/runtime/database';
import { databaseFailure, isDatabaseUnavailable } from '@kagibako/runtime/database-failure';
import { answerMessage } from '../src/kmip-message.ts';
import { startKms, type TestKms } from './kms.ts';

let kms: TestKms;
before(async () => {
  kms = await startKms();
});
after(() => kms.stop());

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  );

test('a database that is not there is told as a service that is unavailable', async () => {
  const away = openDatabase(`postgres://nobody@127.0.0.1:${await findFreePort()}/kms`, 'none', () => undefined);
  const service = { ...kms.service, database: away };
  const arrived = { fingerprint: '', peerAddress: '', message: new Uint8Array(), requestId: randomUUID() };
  const failure = databaseFailure(service, await errorOf(answerMessage(service, arrived)));
  assert.ok(failure instanceof Failure);
  assert.equal(failure.code, 'ServiceUnavailable');
  await away.end();
});

test('a connection that is ended in the middle of a query is told so, and the next query works', async () => {
  const { database } = kms.service;
  const query = errorOf(database.query(`SELECT pg_sleep(10) /* to be ended */`));
  await database.query(
    `DO $$ BEGIN
       WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%to be ended */' AND pid <> pg_backend_pid()) LOOP
         PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
       END LOOP;
     END $$`,
  );
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(10)%to be ended */'`,
  );
  assert.equal(isDatabaseUnavailable(await query), true);
  assert.equal((await database.query('SELECT 1')).rowCount, 1);
});

test('a wrong statement is a bug and no unavailable database', async () => {
  assert.equal(isDatabaseUnavailable(await errorOf(kms.service.database.query('SELEC 1'))), false);
});
