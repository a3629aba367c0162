import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { scramVerifier } from './scram.ts';

const connectionTimeoutMillis = 10_000;

/** One service's database, the role that owns and migrates it, and the role that the running service uses. */
export interface DatabaseRoles {
  readonly database: string;
  readonly ownerRole: string;
  readonly runtimeRole: string;
}

export interface DatabasePasswords {
  readonly ownerPassword: string;
  readonly runtimePassword: string;
}

/** The databases of a deployment, by service. */
export const databaseTable = {
  kms: { database: 'kms', ownerRole: 'kms_owner', runtimeRole: 'kms_runtime' },
  'vcenter-broker': {
    database: 'vcenter_broker',
    ownerRole: 'vcenter_broker_owner',
    runtimeRole: 'vcenter_broker_runtime',
  },
} as const satisfies Record<string, DatabaseRoles>;

/** The same server and user, another database. */
export function databaseUrl(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/** Address of a database for one role, without its password. */
export function roleUrl(adminUrl: string, database: string, role: string): string {
  const url = new URL(databaseUrl(adminUrl, database));
  url.username = encodeURIComponent(role);
  url.password = '';
  return url.href;
}

/**
 * Makes a service's database and its two roles, or brings them back to what is asked for. The runtime role owns nothing
 * and may create nothing; what it may read and write is granted by the service's migrations, run as the owner.
 */
export async function ensureDatabase(
  adminUrl: string,
  names: DatabaseRoles,
  passwords: DatabasePasswords,
): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    await ensureRole(admin, names.ownerRole, passwords.ownerPassword);
    await ensureRole(admin, names.runtimeRole, passwords.runtimePassword);
    await createDatabase(admin, names);
    await runAll(admin, databaseRights(names));
  });
  await withClient(databaseUrl(adminUrl, names.database), (admin) => runAll(admin, schemaRights(names)));
}

/**
 * Takes PUBLIC's right to connect away from the databases that every PostgreSQL server has, so that the services' roles
 * reach their own alone. For a server that belongs to the lab: on a shared one it would shut others out.
 */
export async function closeMaintenanceDatabases(adminUrl: string): Promise<void> {
  const rights = ['postgres', 'template1'].map(
    (name) => `REVOKE ALL ON DATABASE ${escapeIdentifier(name)} FROM PUBLIC`,
  );
  await withClient(adminUrl, (admin) => runAll(admin, rights));
}

/** Removes a service's database with all that is in it, and its roles. */
export async function dropDatabase(adminUrl: string, names: DatabaseRoles): Promise<void> {
  const roles = [names.runtimeRole, names.ownerRole];
  await withClient(adminUrl, (admin) =>
    runAll(admin, [
      `DROP DATABASE IF EXISTS ${escapeIdentifier(names.database)} WITH (FORCE)`,
      ...roles.map((role) => `DROP ROLE IF EXISTS ${escapeIdentifier(role)}`),
    ]),
  );
}

/** True if the server answers a query. */
export async function answersQuery(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis });
  // A server that goes away ends the query with an error; the event of the same news needs no second answer.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

async function ensureRole(admin: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  const attributes = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
  const verifier = escapeLiteral(scramVerifier(password));
  await admin.query(`${verb} ROLE ${escapeIdentifier(role)} WITH ${attributes} PASSWORD ${verifier}`);
}

async function createDatabase(admin: Client, { database, ownerRole }: DatabaseRoles): Promise<void> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount !== 0) return;
  await admin.query(`CREATE DATABASE ${escapeIdentifier(database)} OWNER ${escapeIdentifier(ownerRole)}`);
}

function databaseRights(names: DatabaseRoles): string[] {
  const [database, owner, runtime] = [names.database, names.ownerRole, names.runtimeRole].map(escapeIdentifier);
  return [
    `ALTER DATABASE ${database} OWNER TO ${owner}`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${runtime}`,
    `GRANT CONNECT ON DATABASE ${database} TO ${runtime}`,
  ];
}

function schemaRights(names: DatabaseRoles): string[] {
  const [owner, runtime] = [names.ownerRole, names.runtimeRole].map(escapeIdentifier);
  return [
    `ALTER SCHEMA public OWNER TO ${owner}`,
    `REVOKE ALL ON SCHEMA public FROM PUBLIC, ${runtime}`,
    `GRANT USAGE ON SCHEMA public TO ${runtime}`,
  ];
}

async function runAll(client: Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}
