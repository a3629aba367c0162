import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '@kagibako/runtime/config';
import { openDatabase } from '@kagibako/runtime/database';
import { succeeded } from './audit.ts';
import { provisionSettings } from './config.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { isRole, type Role, roles } from './privileges.ts';
import { findUser, putUser } from './store/users.ts';

/** `--user NAME --password-file FILE --role ROLE`: makes the user or brings it to what is asked; may be run again. */
async function provision(): Promise<{ user: string; changed: boolean }> {
  const { name, passwordFile, role } = readArguments();
  const config = readConfig(provisionSettings, process.env);
  const database = openDatabase(config.databaseUrl, config.databasePassword, () => undefined);
  const password = await readPassword(passwordFile);
  try {
    const known = await findUser(database, name);
    if (known?.role === role && (await isPassword(password, known.password))) return { user: name, changed: false };
    const audit = succeeded({ actor: 'provision', peerAddress: 'local' }, 'user.create', name);
    await putUser(database, { audit }, { name, role, password: await hashPassword(password) });
    return { user: name, changed: true };
  } finally {
    password.fill(0);
    await database.end();
  }
}

function readArguments(): { name: string; passwordFile: string; role: Role } {
  const { values } = parseArgs({
    options: { user: { type: 'string' }, 'password-file': { type: 'string' }, role: { type: 'string' } },
  });
  const { user: name, 'password-file': passwordFile, role } = values;
  if (name === undefined || passwordFile === undefined || !isRole(role))
    throw new Error(`provision --user NAME --password-file FILE --role ${Object.keys(roles).join('|')}`);
  return { name, passwordFile, role };
}

/** Less a final newline. */
async function readPassword(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  const newline = bytes.at(-1) === 0x0a ? 1 : 0;
  if (bytes.length === newline) throw new Error(`${file} holds no password`);
  return bytes.subarray(0, bytes.length - newline);
}

console.log(JSON.stringify(await provision()));
