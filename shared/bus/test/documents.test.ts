import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { decodeDocument, encodeDocument } from '@kagibako/bus/documents';
import { Failure } from '@kagibako/contracts/failures';
import { kmipEnvelopeBytesMax } from '@kagibako/contracts/kmip-envelope';
import { sizes } from '@kagibako/contracts/sizes';
import { requestSubject } from '@kagibako/contracts/subjects';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { Type } from 'typebox';

const schema = Type.String();
const quotes = 2;
/** More than HKDF sealing and NATS headers add. */
const sealingBytesMax = 4_096;

let nats: TestNats;
let gateway: Bus;
let kms: Bus;
before(async () => {
  nats = await startNats();
  gateway = await connectAs(nats, 'kmip-gateway');
  kms = await connectAs(nats, 'kms');
});
after(async () => {
  for (const bus of [gateway, kms]) await bus.close();
  await nats.stop();
});

const isTooLarge = (error: unknown): boolean => error instanceof Failure && error.code === 'TooLarge';

test('the largest document is written and read, one byte more is neither', () => {
  const largest = 'x'.repeat(sizes.busDocumentBytesMax - quotes);
  assert.equal(decodeDocument(schema, encodeDocument(schema, largest)), largest);
  assert.throws(() => encodeDocument(schema, `${largest}x`), isTooLarge);
  assert.throws(() => decodeDocument(schema, new TextEncoder().encode(`"${largest}x"`)), isTooLarge);
});

test('what is no document, or not the one of the contract, is refused', () => {
  for (const text of ['', '{', '7', '\xff'])
    assert.throws(
      () => decodeDocument(schema, Buffer.from(text, 'latin1')),
      (error) => error instanceof Failure && error.code === 'InvalidRequest',
      text,
    );
});

test('a KMIP message of the largest size fits a message of the bus, sealed and with its head', () => {
  for (const bytes of [sizes.kmipRequestBytesMax, sizes.kmipResponseBytesMax])
    assert.ok(bytes + kmipEnvelopeBytesMax + sealingBytesMax <= sizes.busPayloadBytesMax);
});

test('the largest payload crosses the bus, one byte more does not', async () => {
  assert.equal(gateway.connection.info?.max_payload, sizes.busPayloadBytesMax);
  const subject = requestSubject('kms', 'execute-kmip', undefined);
  kms.connection.subscribe(subject, {
    queue: 'kms',
    callback: (_error, message) => void message.respond(new TextEncoder().encode(String(message.data.length))),
  });
  await kms.connection.flush();
  const answer = await gateway.connection.request(subject, new Uint8Array(sizes.busPayloadBytesMax), {
    timeout: 5_000,
  });
  assert.equal(answer.string(), String(sizes.busPayloadBytesMax));
  await assert.rejects(async () =>
    gateway.connection.request(subject, new Uint8Array(sizes.busPayloadBytesMax + 1), { timeout: 5_000 }),
  );
});
