import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, replaceFile } from './durable-file.ts';

const privateFolderMode = 0o700;

/**
 * The host's Ed25519 key, made on its first start: `identity.key` (PKCS #8, for its owner alone) and `identity.pub`
 * (SPKI), which an administrator enrols at the broker.
 */
export async function ensureIdentity(stateDirectory: string): Promise<KeyObject> {
  await mkdir(stateDirectory, { recursive: true, mode: privateFolderMode });
  const keyFile = join(stateDirectory, 'identity.key');
  const publicFile = join(stateDirectory, 'identity.pub');
  const privateKey = await readIdentity(keyFile);
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  await replaceFile(publicFile, publicPem);
  return privateKey;
}

async function readIdentity(keyFile: string): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(keyFile));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  await replaceFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return privateKey;
}
