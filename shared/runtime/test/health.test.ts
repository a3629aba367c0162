import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createMetrics, metricTable } from '@kagibako/telemetry/metrics';
import { startOpsServer } from '../src/health.ts';

let broken: Error | undefined;
let hangs = false;
let url: string;
let close: () => Promise<void>;

before(async () => {
  const metrics = createMetrics('test');
  metrics.count('kmipRequests', { operation: 'Get', result: 'Success' });
  const checks = {
    database: async () => {
      if (broken !== undefined) throw broken;
    },
    bus: () => (hangs ? new Promise(() => undefined) : Promise.resolve()),
  };
  const server = await startOpsServer({ host: '127.0.0.1', port: 0, checks, metrics });
  url = `http://127.0.0.1:${server.port}`;
  close = server.close;
});
after(() => close());

async function readiness(): Promise<[number, unknown]> {
  const answer = await fetch(`${url}/readyz`);
  return [answer.status, await answer.json()];
}

test('a service whose checks all hold is ready', async () => {
  assert.deepEqual(await readiness(), [200, { status: 'ok', checks: { database: 'ok', bus: 'ok' } }]);
});

test('a check that fails is named without its reason, and the process is healthy all the same', async () => {
  broken = new Error('password of the database');
  assert.deepEqual(await readiness(), [503, { status: 'unavailable', checks: { database: 'failed', bus: 'ok' } }]);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  broken = undefined;
});

test('a check that hangs fails', async () => {
  hangs = true;
  assert.deepEqual(await readiness(), [503, { status: 'unavailable', checks: { database: 'ok', bus: 'failed' } }]);
  hangs = false;
});

test('metrics have the names of the table', async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const { name } = metricTable.kmipRequests;
  assert.match(text, new RegExp(`^${name}\\{operation="Get",result="Success",service="test"\\} 1$`, 'm'));
});
