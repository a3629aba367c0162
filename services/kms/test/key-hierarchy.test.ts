import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KeyWrapError } from '@kagibako/crypto/key-wrap';
import {
  createInstanceKey,
  createRootKeyVersion,
  openInstanceKey,
  type Root,
  unwrapMaterial,
  wrapMaterial,
} from '../src/key-hierarchy.ts';
import { createSoftwareRoot, openSoftwareRoot, RootError } from '../src/software-root.ts';

const passphrase = (text = 'correct horse battery staple'): Uint8Array => new TextEncoder().encode(text);
let directory: string;
let file: string;
let root: Root;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kagibako-root-'));
  file = join(directory, 'root.sealed');
  await createSoftwareRoot(file, passphrase());
  root = await openSoftwareRoot(file, passphrase());
});

after(async () => {
  root.close();
  await rm(directory, { recursive: true, force: true });
});

async function aMaterial(key: KeyMaterial) {
  const instanceKey = await createInstanceKey(root, 'instance-1', 1);
  const rootKey = await createRootKeyVersion(root, instanceKey, 'crk-1', 1);
  return await wrapMaterial(root, rootKey, { adapterId: 'adapter-1', objectId: 'object-1' }, key);
}

test('material comes back through master key, instance key and root key', async () => {
  const key = KeyMaterial.random(32);
  const stored = await aMaterial(key);
  assert.deepEqual((await unwrapMaterial(root, stored)).expose(), key.expose());
});

test('a blob moved to any other row does not open', async () => {
  const stored = await aMaterial(KeyMaterial.random(32));
  const { rootKey } = stored;
  const { instanceKey } = rootKey;
  const moved = [
    { ...stored, objectId: 'object-2' },
    { ...stored, adapterId: 'adapter-2' },
    { ...stored, rootKey: { ...rootKey, crkId: 'crk-2' } },
    { ...stored, rootKey: { ...rootKey, version: 2 } },
    { ...stored, rootKey: { ...rootKey, instanceKey: { ...instanceKey, instanceId: 'instance-2' } } },
    { ...stored, rootKey: { ...rootKey, instanceKey: { ...instanceKey, version: 2 } } },
  ];
  for (const one of moved) await assert.rejects(unwrapMaterial(root, one), KeyWrapError);
});

test('an object’s material under the same root key does not open as another object’s', async () => {
  const stored = await aMaterial(KeyMaterial.random(32));
  const other = await wrapMaterial(
    root,
    stored.rootKey,
    { adapterId: 'adapter-1', objectId: 'object-2' },
    KeyMaterial.random(32),
  );
  await assert.rejects(unwrapMaterial(root, { ...stored, wrapped: other.wrapped }), KeyWrapError);
});

test('a wrong passphrase opens nothing and says so', async () => {
  await assert.rejects(openSoftwareRoot(file, passphrase('wrong')), (error) => {
    assert.ok(error instanceof RootError);
    assert.match(error.message, /passphrase does not open/);
    return true;
  });
});

test('the passphrase is the file’s text, with a final newline or without, and is wiped', async () => {
  const given = passphrase('correct horse battery staple\n');
  (await openSoftwareRoot(file, given)).close();
  assert.ok(given.every((byte) => byte === 0));
});

test('the root file is the owner’s alone, holds no key in the clear and is never replaced', async () => {
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const before = await readFile(file);
  await assert.rejects(createSoftwareRoot(file, passphrase()), { code: 'EEXIST' });
  assert.deepEqual(await readFile(file), before);
});

test('a root file that is damaged, cut or missing is refused', async () => {
  const text = await readFile(file, 'utf8');
  const damaged = join(directory, 'damaged');
  for (const content of [text.slice(0, 80), '{}', text.replace(/"sealed": "01../, '"sealed": "01ff')]) {
    await writeFile(damaged, content);
    await assert.rejects(openSoftwareRoot(damaged, passphrase()), RootError);
  }
  await assert.rejects(openSoftwareRoot(join(directory, 'missing'), passphrase()), RootError);
});

test('another deployment’s root does not open an instance key', async () => {
  const otherFile = join(directory, 'other');
  await createSoftwareRoot(otherFile, passphrase());
  const other = await openSoftwareRoot(otherFile, passphrase());
  const key = await createInstanceKey(root, 'instance-1', 1);
  await assert.rejects(openInstanceKey(other, key), KeyWrapError);
  other.close();
});

test('a master key is used no more after the root was closed', async () => {
  const closed = await openSoftwareRoot(file, passphrase());
  closed.close();
  await assert.rejects(createInstanceKey(closed, 'instance-1', 1), /destroyed/);
});
