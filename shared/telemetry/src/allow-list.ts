import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { spanAttributes } from './attributes.ts';

/** Exports what `to` exports, less every attribute and event that the table of attributes does not name. */
export function allowListed(to: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => to.export(spans.map(withAllowedAttributes), done),
    shutdown: () => to.shutdown(),
    forceFlush: () => to.forceFlush?.() ?? Promise.resolve(),
  };
}

/** Events are dropped whole: a recorded exception may quote what it choked on. */
function withAllowedAttributes(span: ReadableSpan): ReadableSpan {
  const attributes = Object.fromEntries(Object.entries(span.attributes).filter(([name]) => spanAttributes.has(name)));
  return Object.create(span, { attributes: { value: attributes }, events: { value: [] } }) as ReadableSpan;
}
