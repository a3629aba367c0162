import { Failure } from '@kagibako/contracts/failures';
import { type BodyOf, type RequestName, type RequestSpec, requests } from '@kagibako/contracts/requests';
import { requestSubject, type Scope } from '@kagibako/contracts/subjects';
import { inSpan, SpanKind } from '@kagibako/telemetry/span';
import { currentTraceId } from '@kagibako/telemetry/trace-context';
import { type Msg, NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';
import { decodeDocument, encodeDocument } from './documents.ts';
import { failureFields, failureFrom } from './failure-headers.ts';
import { contextFromHeaders, headersWithTrace } from './trace-headers.ts';

type Spec<N extends RequestName> = (typeof requests)[N];
type Question<N extends RequestName> = BodyOf<Spec<N>['request']>;
type Answer<N extends RequestName> = BodyOf<Spec<N>['response']>;

/** Sends an unsealed request and waits for its answer; what the other end refused is thrown as its Failure. */
export async function sendRequest<N extends RequestName>(
  bus: Bus,
  name: N,
  body: Question<N>,
  scope?: Scope,
): Promise<Answer<N>> {
  const spec: RequestSpec = requests[name];
  const answer = await exchange(bus, spec, encodeBody(spec.request, body), {}, scope);
  return decodeBody(spec.response, answer.data) as Answer<N>;
}

/** One NATS request with trace context; answers with a Failure in their headers are thrown. Bodies pass as they are. */
export async function exchange(
  bus: Bus,
  spec: RequestSpec,
  data: Uint8Array,
  fields: Record<string, string>,
  scope?: Scope,
): Promise<Msg> {
  const template = templateOf(spec);
  const attributes = messagingAttributes(template, 'request', 'send');
  return await inSpan(`request ${template}`, { kind: SpanKind.CLIENT, attributes }, async () => {
    const answer = await requestOnce(bus, spec, data, fields, scope);
    const failure = failureFrom(answer.headers);
    if (failure !== undefined) throw failure;
    return answer;
  });
}

async function requestOnce(
  bus: Bus,
  spec: RequestSpec,
  data: Uint8Array,
  fields: Record<string, string>,
  scope: Scope,
): Promise<Msg> {
  const subject = requestSubject(spec.service, spec.operation, scope);
  try {
    return await bus.connection.request(subject, data, { timeout: spec.timeoutMs, headers: headersWithTrace(fields) });
  } catch (error) {
    if (isNoResponders(error))
      throw new Failure('ServiceUnavailable', `nobody answers for ${spec.service}`, { cause: error });
    if (error instanceof TimeoutError)
      throw new Failure('ProviderTimedOut', `${spec.service} did not answer within ${spec.timeoutMs} ms`, {
        cause: error,
      });
    throw new Failure('ServiceUnavailable', `the bus refused a request to ${spec.service}`, { cause: error });
  }
}

export const isNoResponders = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());

/** Answers one request of the table, in the queue group of its service. */
export function serveRequest<N extends RequestName>(
  bus: Bus,
  name: N,
  handler: (body: Question<N>) => Promise<Answer<N>>,
  scope?: Scope,
): void {
  const spec: RequestSpec = requests[name];
  respond(bus, spec, scope, async (message) => {
    const answer = await handler(decodeBody(spec.request, message.data) as Question<N>);
    return { data: encodeBody(spec.response, answer), fields: {} };
  });
}

/** The edge of every responder: span, metric, and the one place where errors become answers. */
export function respond(
  bus: Bus,
  spec: RequestSpec,
  scope: Scope,
  handler: (message: Msg) => Promise<{ data: Uint8Array; fields: Record<string, string> }>,
): void {
  const template = templateOf(spec);
  bus.connection.subscribe(requestSubject(spec.service, spec.operation, scope), {
    queue: spec.service,
    callback: (error, message) => {
      if (error !== null) return bus.logger.error({ err: error, template }, 'subscription refused');
      void answer(bus, spec, template, message, handler);
    },
  });
}

async function answer(
  bus: Bus,
  spec: RequestSpec,
  template: string,
  message: Msg,
  handler: (message: Msg) => Promise<{ data: Uint8Array; fields: Record<string, string> }>,
): Promise<void> {
  const started = performance.now();
  const observe = (result: string): void =>
    bus.metrics.observe('busRequests', (performance.now() - started) / 1_000, { operation: spec.operation, result });
  const attributes = messagingAttributes(template, 'process', 'process');
  const options = { kind: SpanKind.SERVER, attributes, parent: contextFromHeaders(message.headers) };
  await inSpan(`process ${template}`, options, async () => {
    const { data, fields } = await handler(message);
    message.respond(data, { headers: headersWithTrace(fields, undefined) });
    observe('ok');
  }).catch((error: unknown) => {
    const failure = asFailure(bus, error, template);
    observe(failure.code);
    message.respond(new Uint8Array(), { headers: headersWithTrace(failureFields(failure), undefined) });
  });
}

function asFailure(bus: Bus, error: unknown, template: string): Failure {
  if (error instanceof Failure) return error;
  bus.logger.error({ err: error, template }, 'bug in a responder');
  return new Failure('Internal', `internal error, trace ${currentTraceId() ?? 'unknown'}`);
}

const templateOf = (spec: RequestSpec): string =>
  [
    'kagibako.rpc',
    spec.service,
    'v1',
    ...(spec.scope === undefined ? [] : [spec.scope, `{${spec.scope}}`]),
    spec.operation,
  ].join('.');

export function messagingAttributes(template: string, name: string, type: string): Record<string, string> {
  return {
    'messaging.system': 'nats',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.template': template,
  };
}

/** A wrong body made here is a bug; one that came in is the other end's failure. */
export const encodeBody = (body: RequestSpec['request'], value: unknown): Uint8Array =>
  body.kind === 'bytes' ? (value as Uint8Array) : encodeDocument(body.schema, value);

export const decodeBody = (body: RequestSpec['request'], data: Uint8Array): unknown =>
  body.kind === 'bytes' ? data : decodeDocument(body.schema, data);
