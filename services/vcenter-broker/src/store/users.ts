import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

export interface StoredPassword {
  salt: Uint8Array;
  hash: Uint8Array;
  costLog2: number;
}

/** Makes the user, or gives it this role and password. */
export async function putUser(
  sql: Sql,
  recorded: Recorded,
  user: { name: string; role: string; password: StoredPassword },
): Promise<void> {
  await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO users (name, role, password_salt, password_hash, cost_log2) VALUES ($3, $4, $5, $6, $7)
      ON CONFLICT (name) DO UPDATE SET role = excluded.role, password_salt = excluded.password_salt,
        password_hash = excluded.password_hash, cost_log2 = excluded.cost_log2
      RETURNING name)`,
    [user.name, user.role, user.password.salt, user.password.hash, user.password.costLog2],
  );
}

export async function findUser(
  sql: Sql,
  name: string,
): Promise<{ name: string; role: string; password: StoredPassword } | undefined> {
  const { rows } = await sql.query<{
    name: string;
    role: string;
    password_salt: Buffer;
    password_hash: Buffer;
    cost_log2: number;
  }>('SELECT name, role, password_salt, password_hash, cost_log2 FROM users WHERE name = $1', [name]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const password = { salt: row.password_salt, hash: row.password_hash, costLog2: row.cost_log2 };
  return { name: row.name, role: row.role, password };
}
