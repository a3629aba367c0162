import { contextOf, currentTraceparent } from '@kagibako/telemetry/trace-context';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** W3C trace context rides in NATS headers under its own name. */
const traceparentHeader = 'traceparent';

export function headersWithTrace(
  fields: Record<string, string | undefined> = {},
  traceparent = currentTraceparent(),
): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) made.set(name, value);
  if (traceparent !== undefined) made.set(traceparentHeader, traceparent);
  return made;
}

export const contextFromHeaders = (from: MsgHdrs | undefined) => contextOf(from?.get(traceparentHeader));
