import { randomBytes } from 'node:crypto';
import { migrate } from '@kagibako/runtime/database';
import pg from 'pg';

/** A database of one test's own, as a deployment has it: an owner that migrates and a runtime role that may do less. */
export interface TestDatabase {
  name: string;
  /** The owner's and the runtime role's address, without the password that both have. */
  ownerUrl: string;
  url: string;
  password: string;
  /** One query as the owner. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/**
 * Makes a database on the server of KAGIBAKO_TEST_DATABASE_URL and brings it to its newest schema. Its roles are
 * `<database>_owner` and `<database>_runtime`, as everywhere, so that tests on one server do not meet.
 */
export async function createDatabase(options: { name: string; migrations: string }): Promise<TestDatabase> {
  const name = `${options.name}_test_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  const [owner, runtime] = [`${name}_owner`, `${name}_runtime`];
  await runAs(adminUrl(), [
    `CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`,
    `CREATE ROLE ${runtime} LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE ${name} OWNER ${owner}`,
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${name} TO ${runtime}`,
  ]);
  await runAs(urlOf(adminUrl(), name), [
    `ALTER SCHEMA public OWNER TO ${owner}`,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    `GRANT USAGE ON SCHEMA public TO ${runtime}`,
  ]);
  const ownerUrl = urlOf(adminUrl(), name, owner);
  await migrate(ownerUrl, password, options.migrations);
  return {
    name,
    ownerUrl,
    url: urlOf(adminUrl(), name, runtime),
    password,
    query: (sql, values) => queryAs(ownerUrl, password, sql, values),
    drop: () => runAs(adminUrl(), [`DROP DATABASE ${name} WITH (FORCE)`, `DROP ROLE ${runtime}`, `DROP ROLE ${owner}`]),
  };
}

function adminUrl(): string {
  const url = process.env['KAGIBAKO_TEST_DATABASE_URL'];
  if (url === undefined || url === '') throw new Error('KAGIBAKO_TEST_DATABASE_URL is not set; `npm test` sets it');
  return url;
}

/** Another database of the same server; with a role, as that role and without a password. */
function urlOf(base: string, database: string, role?: string): string {
  const url = new URL(base);
  url.pathname = `/${database}`;
  if (role !== undefined) [url.username, url.password] = [role, ''];
  return url.href;
}

async function runAs(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function queryAs(
  url: string,
  password: string,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const address = new URL(url);
  address.password = password;
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
