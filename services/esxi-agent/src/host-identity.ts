import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode, makeDirectory, writeDurably } from './durable-file.ts';

const publicMode = 0o644;

/** The Ed25519 key that the host signs its requests with: made once. An administrator enrols `identity.pub`. */
export async function ensureIdentity(stateDirectory: string): Promise<KeyObject> {
  await makeDirectory(stateDirectory);
  const keyFile = join(stateDirectory, 'identity.key');
  const known = await readFile(keyFile).catch((error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
  });
  if (known !== undefined) return createPrivateKey(known);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  // The public half first: the private one in place says that both are.
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
  await writeDurably(join(stateDirectory, 'identity.pub'), publicPem, publicMode);
  await writeDurably(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return privateKey;
}
