import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { contextOf, spanContextOf } from '../src/trace-context.ts';

const program = fileURLToPath(new URL('traced-program.ts', import.meta.url));
const secret = randomBytes(16).toString('hex');

let collector: Server | undefined;
afterEach(async () => {
  collector?.closeAllConnections();
  collector?.close();
  collector = undefined;
});

async function collect(listener: RequestListener): Promise<string> {
  collector = createServer(listener).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
}

/** Runs the program to its end; a line of its log, and how it ended. */
async function run(endpoint: string | undefined): Promise<{ code: unknown; line: Record<string, unknown> }> {
  const settings = endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const env = { PATH: process.env['PATH'] ?? '', ...settings };
  const child = spawn(process.execPath, [program, secret], { env });
  let printed = '';
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()));
  const [code]: unknown[] = await once(child, 'close');
  assert.ok(!printed.includes(secret), printed);
  return { code, line: JSON.parse(printed.split('\n').find((line) => line.includes('worked')) ?? '{}') };
}

describe('telemetry', () => {
  it('exports spans with the attributes of the table, and nothing else', async () => {
    let exported = '';
    const endpoint = await collect(async (request, response) => {
      exported += Buffer.concat(await request.toArray()).toString();
      response.setHeader('content-type', 'application/json').end('{}');
    });
    const { code, line } = await run(endpoint);
    assert.equal(code, 0);
    const [span] = JSON.parse(exported).resourceSpans[0].scopeSpans[0].spans;
    assert.equal(span.name, 'work');
    assert.equal(span.traceId, line['trace_id']);
    assert.equal(span.spanId, line['span_id']);
    const attributes = span.attributes.map(({ key }: { key: string }) => key).sort();
    assert.deepEqual(attributes, ['error.type', 'kagibako.vm.id']);
    assert.ok(!exported.includes(secret));
  });

  const collectors: readonly [string, () => Promise<string | undefined>][] = [
    ['that is not set', async () => undefined],
    ['where nobody listens', async () => 'http://127.0.0.1:9'],
    ['that never answers', () => collect(() => undefined)],
    ['that refuses', () => collect((_request, response) => void response.writeHead(500).end())],
  ];
  for (const [what, endpoint] of collectors)
    it(`a collector ${what} changes nothing: the work is done, its log line has the trace id`, async () => {
      const { code, line } = await run(await endpoint());
      assert.equal(code, 0);
      assert.match(String(line['trace_id']), /^(?!0+$)[0-9a-f]{32}$/);
      assert.match(String(line['span_id']), /^(?!0+$)[0-9a-f]{16}$/);
      assert.deepEqual(line['request'], { authorization: '[redacted]', body: { token: '[redacted]' } });
      assert.equal(line['password'], '[redacted]');
    });

  it('believes exactly what is a traceparent', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const good = `00-${trace}-b7ad6b7169203331-01`;
    const wrong = [
      undefined,
      '',
      `${good} `,
      `${good}-extra`,
      `01${good.slice(2)}`,
      good.toUpperCase(),
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ];
    for (const text of wrong) assert.equal(spanContextOf(contextOf(text)), undefined, text);
    assert.equal(contextOf('nonsense'), ROOT_CONTEXT);
  });
});
