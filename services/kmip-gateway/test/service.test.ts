import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeRequestMessage } from '@kagibako/kmip/message';
import { encodeRequestPayload } from '@kagibako/kmip/operation';
import { Query } from '@kagibako/kmip/operations/query';
import type { ProtocolVersion } from '@kagibako/kmip/version';
import { findFreePort } from '@kagibako/lab/ports';
import { metricTable } from '@kagibako/telemetry/metrics';
import { connectAs } from '@kagibako/testing/bus';
import { selfSigned } from '@kagibako/testing/certificates';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { waitUntil } from '@kagibako/testing/wait-until';
import { connectRaw, type RawClient } from './gateway.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const readyWithinMs = 20_000;

describe('the gateway as a process', () => {
  let directory: string;
  let nats: TestNats;
  let child: ChildProcess;
  let client: RawClient;
  /** What to undo, also where the start failed halfway; newest first. */
  const undo: (() => unknown)[] = [];
  let ops: string;
  /** The trace context of each question that reached the bus. */
  const traceparents: (string | undefined)[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kagibako-gateway-service-'));
    undo.push(() => rm(directory, { recursive: true, force: true }));
    nats = await startNats();
    undo.push(nats.stop);
    const observer = await connectAs(nats, 'observer');
    undo.push(observer.close);
    observer.connection.subscribe('kagibako.rpc.kms.v1.execute-kmip', {
      callback: (_error, message) => void traceparents.push(message.headers?.get('traceparent')),
    });
    await observer.connection.flush();
    const { certificate, privateKey } = await selfSigned({ commonName: 'kmip-gateway' });
    await writeFile(join(directory, 'cert.pem'), certificate);
    await writeFile(join(directory, 'key.pem'), privateKey);
    const bus = await nats.settingsFor('kmip-gateway');
    const [kmipPort, opsPort] = [await findFreePort(), await findFreePort()];
    ops = `http://127.0.0.1:${opsPort}`;
    child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'] ?? '',
        KAGIBAKO_NATS_URL: bus.natsUrl,
        KAGIBAKO_NATS_CA_FILE: bus.natsCaFile,
        KAGIBAKO_NATS_CERT_FILE: bus.natsCertFile,
        KAGIBAKO_NATS_KEY_FILE: bus.natsKeyFile,
        KAGIBAKO_KMIP_PORT: String(kmipPort),
        KAGIBAKO_TLS_CERT_FILE: join(directory, 'cert.pem'),
        KAGIBAKO_TLS_KEY_FILE: join(directory, 'key.pem'),
        KAGIBAKO_OPS_PORT: String(opsPort),
      },
    });
    undo.push(end);
    await waitUntil('the gateway is ready', isReady, readyWithinMs);
    client = await connectRaw(kmipPort, await selfSigned({ commonName: 'a KMIP client' }));
    undo.push(client.close);
  });

  after(async () => {
    for (const step of undo.reverse()) await step();
  });

  async function end(): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  const isReady = async (): Promise<boolean> => (await fetch(`${ops}/readyz`).catch(() => undefined))?.status === 200;

  /** Sends one message; the trace context under which it reached the bus. Nobody there answers it. */
  async function traceOf(version: ProtocolVersion, clientCorrelationValue: string): Promise<string> {
    const before = traceparents.length;
    const payload = encodeRequestPayload(Query, { queryFunction: ['QueryOperations'] }, version);
    client.write(encodeRequestMessage({ version, clientCorrelationValue, items: [{ operation: 'Query', payload }] }));
    assert.ok((await client.read()) !== undefined);
    assert.equal(traceparents.length, before + 1);
    const traceparent = traceparents.at(-1);
    assert.match(traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    return traceparent?.slice(3, 35) ?? '';
  }

  const aTrace = (): string => randomBytes(16).toString('hex');
  const traceparentOf = (trace: string): string => `00-${trace}-${randomBytes(8).toString('hex')}-01`;

  it('carries the trace in a Client Correlation Value to the bus', async () => {
    const trace = aTrace();
    assert.equal(await traceOf([1, 4], traceparentOf(trace)), trace);
  });

  it('begins a trace of its own where there is no such value, or another one', async () => {
    const trace = aTrace();
    assert.notEqual(await traceOf([1, 3], traceparentOf(trace)), trace);
    assert.notEqual(await traceOf([1, 4], `${traceparentOf(trace)} `), trace);
    assert.notEqual(await traceOf([1, 4], 'a client’s own'), trace);
  });

  it('is healthy, and counts', async () => {
    assert.equal((await fetch(`${ops}/healthz`)).status, 200);
    const metrics = await (await fetch(`${ops}/metrics`)).text();
    assert.match(metrics, new RegExp(`^${metricTable.kmipConnections.name}\\{service="kmip-gateway"\\} 1$`, 'm'));
  });

  it('is unready while the bus is away, and ready again', async () => {
    await nats.kill();
    await waitUntil('the gateway is not ready', async () => !(await isReady()));
    assert.equal((await fetch(`${ops}/healthz`)).status, 200);
    await nats.start();
    await waitUntil('the gateway is ready again', isReady, readyWithinMs);
  });

  it('ends on SIGTERM', async () => {
    assert.equal(await end(), 0);
  });
});
