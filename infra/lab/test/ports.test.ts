import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { choosePorts, defaultPorts, findFreePort, isFreePort } from '../src/ports.ts';
import { makeLabFolder, removeFolders } from './lab-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await makeLabFolder();
});
afterEach(() => removeFolders(folder));

test('a port that somebody listens on is not free, on this address or on all', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const port = await findFreePort();
    const server = createServer().listen(port, host);
    await once(server, 'listening');
    assert.equal(await isFreePort(port), false);
    server.close();
    await once(server, 'close');
    assert.equal(await isFreePort(port), true);
  }
});

test('every name gets a port of its own', async () => {
  const ports = await choosePorts(folder);
  assert.deepEqual(Object.keys(ports), Object.keys(defaultPorts));
  assert.equal(new Set(Object.values(ports)).size, Object.keys(defaultPorts).length);
});

test('last time’s port is taken again while it is free, and another where it is not', async () => {
  const port = await findFreePort();
  await writeFile(join(folder, 'ports.json'), JSON.stringify({ kmip: port }));
  assert.equal((await choosePorts(folder)).kmip, port);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  assert.notEqual((await choosePorts(folder)).kmip, port);
  server.close();
});
