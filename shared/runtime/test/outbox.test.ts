import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { waitUntil } from '@kagibako/testing/wait-until';
import { type Database, openDatabase } from '../src/database.ts';
import { type OutboxRelay, startOutboxRelay } from '../src/outbox.ts';

const table = `-- Up Migration
CREATE TABLE outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  subject text NOT NULL,
  template text NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  traceparent text,
  settled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
DO $$ BEGIN EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO ' || current_database() || '_runtime'; END $$;
`;

let directory: string;
let database: TestDatabase;
let pool: Database;
let relays: OutboxRelay[];
let published: string[];
let publish: (id: string) => Promise<unknown>;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kagibako-outbox-'));
  await writeFile(join(directory, '0001_create_outbox.sql'), table);
  database = await createDatabase({ name: 'outbox', migrations: directory });
  pool = openDatabase(database.url, database.password, () => undefined);
});
after(async () => {
  await pool.end();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.query('TRUNCATE outbox');
  relays = [];
  published = [];
  publish = async (id) => published.push(id);
});
afterEach(async () => {
  for (const relay of relays) await relay.stop();
});

function startRelay(): OutboxRelay {
  const logger = createLogger('outbox', 'silent');
  const relay = startOutboxRelay({
    database: pool,
    logger,
    metrics: createMetrics('outbox'),
    publish: ({ id }) => publish(id),
  });
  relays.push(relay);
  return relay;
}

const write = (ids: readonly string[], settled = true, sentAgo: string | null = null) =>
  database.query(
    `INSERT INTO outbox (id, subject, template, type, data, settled, sent_at)
     SELECT id, 's', 't', 'y', '{}', $2, now() - $3::interval FROM unnest($1::text[]) AS one(id)`,
    [ids, settled, sentAgo],
  );

const allSent = (): Promise<true> =>
  waitUntil('all is sent', async () => {
    const unsent = await database.query('SELECT 1 FROM outbox WHERE sent_at IS NULL');
    return unsent.length === 0 ? true : undefined;
  });

test('rows are published in their order, each once, also by several relays', async () => {
  const ids = Array.from({ length: 1_000 }, (_, at) => `row-${at}`);
  await write(ids);
  startRelay();
  await allSent();
  assert.deepEqual(published, ids);
  startRelay();
  startRelay();
  const more = ids.map((id) => `more-${id}`);
  await write(more);
  await allSent();
  assert.deepEqual(published.slice(ids.length).toSorted(), more.toSorted());
});

test('what could not be published is tried again, and nothing is marked sent before', async () => {
  let failures = 3;
  publish = async (id) => {
    if (failures-- > 0) throw new Error('the bus is away');
    published.push(id);
  };
  await write(['row']);
  startRelay();
  await allSent();
  assert.deepEqual(published, ['row']);
});

test('a replay sends again what is recent or unsettled, under the same ids', async () => {
  await write(['recent'], true, '1 minute');
  await write(['old'], true, '1 hour');
  await write(['old command without an end'], false, '1 hour');
  await startRelay().replay();
  await allSent();
  assert.deepEqual(published.toSorted(), ['old command without an end', 'recent']);
});
