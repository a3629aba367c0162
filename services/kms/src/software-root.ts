import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonical } from '@kagibako/crypto/canonical';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KeyWrapError, unwrapKey, wrapKey } from '@kagibako/crypto/key-wrap';
import { stretchPassphrase } from '@kagibako/crypto/passphrase';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Root } from './key-hierarchy.ts';

const format = 'kagibako software root v1';
const masterKeyBytes = 32;
const saltBytes = 16;
/** 64 MiB of memory and some tenths of a second, once at each start. */
const costLog2 = 16;

const SealedRoot = Type.Object(
  {
    format: Type.Literal(format),
    kdf: Type.Object({
      name: Type.Literal('scrypt'),
      costLog2: Type.Integer({ minimum: 14, maximum: 20 }),
      salt: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    }),
    masterKeys: Type.Array(
      Type.Object({ version: Type.Integer({ minimum: 1 }), sealed: Type.String({ pattern: '^([0-9a-f]{2})+$' }) }),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);
type SealedRoot = Static<typeof SealedRoot>;

/** The root key cannot be opened: no file, not such a file, or another passphrase. */
export class RootError extends Error {
  override name = 'RootError';
}

/** Opens the sealed file and wipes the passphrase. The master keys stay in memory until `close`. */
export async function openSoftwareRoot(file: string, passphrase: Uint8Array): Promise<Root> {
  const root = await readRoot(file);
  const sealingKey = stretchPassphrase(
    withoutNewline(passphrase),
    Buffer.from(root.kdf.salt, 'hex'),
    root.kdf.costLog2,
  );
  passphrase.fill(0);
  try {
    const keys = new Map(root.masterKeys.map(({ version, sealed }) => [version, unseal(sealingKey, version, sealed)]));
    return rootOf(keys);
  } catch (error) {
    if (error instanceof KeyWrapError) throw new RootError(`the passphrase does not open ${file}`, { cause: error });
    throw error;
  } finally {
    sealingKey.destroy();
  }
}

/** Makes a sealed file with one new master key. Never replaces a file: fails with EEXIST. The passphrase stays. */
export async function createSoftwareRoot(file: string, passphrase: Uint8Array): Promise<void> {
  const salt = Buffer.from(crypto.getRandomValues(new Uint8Array(saltBytes)));
  using sealingKey = stretchPassphrase(withoutNewline(passphrase), salt, costLog2);
  using masterKey = KeyMaterial.random(masterKeyBytes);
  const root: SealedRoot = {
    format,
    kdf: { name: 'scrypt', costLog2, salt: salt.toString('hex') },
    masterKeys: [{ version: 1, sealed: Buffer.from(wrapKey(sealingKey, masterKey, sealBinding(1))).toString('hex') }],
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeOnce(file, `${JSON.stringify(root, null, 2)}\n`);
}

function rootOf(keys: ReadonlyMap<number, KeyMaterial>): Root {
  const masterKey = (version: number): KeyMaterial => {
    const key = keys.get(version);
    if (key === undefined) throw new RootError(`the root has no master key of version ${version}`);
    return key;
  };
  const version = Math.max(...keys.keys());
  return {
    wrap: async (key, binding) => ({ masterKeyVersion: version, wrapped: wrapKey(masterKey(version), key, binding) }),
    unwrap: async (stored, binding) => unwrapKey(masterKey(stored.masterKeyVersion), stored.wrapped, binding),
    close: () => {
      for (const key of keys.values()) key.destroy();
    },
  };
}

function unseal(sealingKey: KeyMaterial, version: number, sealed: string): KeyMaterial {
  return unwrapKey(sealingKey, Buffer.from(sealed, 'hex'), sealBinding(version));
}

const sealBinding = (version: number): Uint8Array => canonical('kagibako sealed master key v1', [String(version)]);

async function readRoot(file: string): Promise<SealedRoot> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RootError(`the root file ${file} cannot be read`, { cause: error });
  });
  const value: unknown = parseJson(text);
  if (!Value.Check(SealedRoot, value)) throw new RootError(`${file} is not a sealed root`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutNewline(passphrase: Uint8Array): Uint8Array {
  const end = passphrase.at(-1) === 0x0a ? (passphrase.at(-2) === 0x0d ? -2 : -1) : passphrase.length;
  return passphrase.subarray(0, end);
}

/** On disk whole or not at all, and never over another: what a lost master key wrapped is lost too. */
async function writeOnce(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await link(unfinished, file);
    await syncDirectory(dirname(file));
  } finally {
    await handle.close();
    await rm(unfinished, { force: true });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
