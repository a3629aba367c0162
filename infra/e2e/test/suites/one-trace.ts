import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ReceivedSpan } from '../otlp-receiver.ts';
import { until } from '../running-lab.ts';
import type { LabUnderTest } from './lab-under-test.ts';

/** OTLP's numbers of span kinds. */
const [server, client, producer, consumer] = [2, 3, 4, 5] as const;

export function oneTrace(under: LabUnderTest): void {
  describe('is one trace', () => {
    let spans: ReceivedSpan[] = [];
    const named = (service: string, name: RegExp, kind: number) =>
      spans.filter((span) => span.service === service && name.test(span.name) && span.kind === kind);
    const parentOf = (span: ReceivedSpan | undefined) => spans.find(({ spanId }) => spanId === span?.parentSpanId);
    const ancestorsOf = (span: ReceivedSpan | undefined): string[] => {
      const parent = parentOf(span);
      return parent === undefined ? [] : [`${parent.service} ${parent.name}`, ...ancestorsOf(parent)];
    };

    before(async () => {
      const traceId = under.steps.find(({ step }) => step.startsWith('4.'))?.traceId;
      const last = (): boolean =>
        [
          named('vcenter-broker', /^PATCH /, server),
          named('vcenter-broker', /^process .*vm-encrypted/, consumer),
          named('esxi-agent', /^process .*encrypt-vm/, consumer),
          named('esxi-agent', /^publish .*vm-encrypted/, producer),
          named('kmip-gateway', /^KMIP /, server),
          named('kms', /^process .*execute-kmip/, server),
        ].every((found) => found.length > 0);
      await until('the encryption’s spans are exported', async () => {
        spans = under.receiver.spans.filter((span) => span.traceId === traceId);
        return last();
      });
    });

    it('of four services', () => {
      assert.deepEqual([...new Set(spans.map(({ service }) => service))].sort(), [
        'esxi-agent',
        'kmip-gateway',
        'kms',
        'vcenter-broker',
      ]);
    });

    it('without a span whose parent is missing, but for the request itself', () => {
      const orphans = spans.filter((span) => parentOf(span) === undefined);
      assert.deepEqual(
        orphans.filter((span) => !/^(PATCH|GET) /.test(span.name)).map(({ service, name }) => `${service} ${name}`),
        [],
      );
    });

    it('from the REST request over KMIP and the bus to kms and its database', () => {
      const insert = named('kms', /^pg\.query/, client).find((span) =>
        /INSERT/i.test(String(span.attributes['db.query.text'])),
      );
      const path = ancestorsOf(insert);
      for (const hop of [
        /^kms process .*execute-kmip/,
        /^kmip-gateway request .*execute-kmip/,
        /^kmip-gateway KMIP /,
        /^vcenter-broker KMIP /,
        /^vcenter-broker PATCH /,
      ]) {
        assert.ok(
          path.some((ancestor) => hop.test(ancestor)),
          `${hop} is not above kms's database in ${path.join(' < ')}`,
        );
      }
    });

    it('with the broker’s own database beneath the request', () => {
      const queries = named('vcenter-broker', /^pg\.query/, client);
      const ancestors = queries.flatMap(ancestorsOf);
      assert.ok(ancestors.some((ancestor) => /^vcenter-broker PATCH /.test(ancestor)));
    });

    it('from the command to the host, which asks for the KEK and tells of the end', () => {
      const [command] = named('esxi-agent', /^process .*encrypt-vm/, consumer);
      assert.match(ancestorsOf(command).join(' < '), /publish kagibako\.cmd\.host/);
      const [asked] = named('vcenter-broker', /^process .*get-keys/, server);
      assert.ok(ancestorsOf(asked).some((ancestor) => /^esxi-agent process .*encrypt-vm/.test(ancestor)));
      const [told] = named('esxi-agent', /^publish .*vm-encrypted/, producer);
      assert.ok(told);
    });
  });
}
