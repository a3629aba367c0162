import { type Context, context, propagation, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

/** W3C trace context as text: 55 characters, version 00 (W3C Trace Context §3.2). */
const traceparentPattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

/** The context that a text names; anything that is not exactly a traceparent is ignored. */
export function contextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined || !traceparentPattern.test(traceparent)) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

export const spanContextOf = (from: Context): SpanContext | undefined => trace.getSpanContext(from);

export const currentTraceId = (): string | undefined => trace.getActiveSpan()?.spanContext().traceId;

/** Runs `work` as a child of what `traceparent` names. */
export const withTraceparent = <T>(traceparent: string | undefined, work: () => T): T =>
  context.with(contextOf(traceparent), work);
