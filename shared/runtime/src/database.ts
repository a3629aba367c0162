import { readdirSync } from 'node:fs';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

export const databaseLimits = {
  poolConnectionsMax: 10,
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 5_000,
  idleTimeoutMs: 30_000,
} as const;

export type Database = pg.Pool;
export type Transaction = pg.PoolClient;
/** What a query runs on: the pool, or one transaction of it. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

/** A connection pool as the service's runtime role. */
export function openDatabase(url: string, password: string, onIdleError: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: withPassword(url, password),
    max: databaseLimits.poolConnectionsMax,
    connectionTimeoutMillis: databaseLimits.connectTimeoutMs,
    statement_timeout: databaseLimits.statementTimeoutMs,
    query_timeout: databaseLimits.statementTimeoutMs + 1_000,
    idleTimeoutMillis: databaseLimits.idleTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', onIdleError);
  return pool;
}

/** All or nothing: commits what `work` did, or rolls it back and throws. */
export async function inTransaction<T>(database: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Brings a database to the newest of the numbered SQL files in `directory`, as the role that owns it. */
export async function migrate(url: string, password: string, directory: string): Promise<number> {
  const client = new pg.Client({ connectionString: withPassword(url, password) });
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      migrationsTable: 'migrations',
      count: readdirSync(directory).length,
      singleTransaction: true,
      log: () => undefined,
    });
    return done.length;
  } finally {
    await client.end();
  }
}

/** `pg` takes the empty password of an address before the one beside it. */
function withPassword(url: string, password: string): string {
  const address = new URL(url);
  address.password = encodeURIComponent(password);
  return address.href;
}
