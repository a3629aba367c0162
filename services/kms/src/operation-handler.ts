import { Failure, type FailureCode, failures } from '@kagibako/contracts/failures';
import { attributeValue } from '@kagibako/kmip/attribute';
import { type BatchContext, type ExecutedItem, executed, identifierOf } from '@kagibako/kmip/batch';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { decodeRequestPayload, type OperationName, type OperationSpec } from '@kagibako/kmip/operation';
import type { Fields, Infer, Input } from '@kagibako/kmip/schema';
import { type Item, TtlvError } from '@kagibako/kmip/ttlv';
import type { ProtocolVersion } from '@kagibako/kmip/version';
import { type Audited, type Deed, failed, kmipDeed, succeeded } from './audit.ts';
import { type ClientContext, type DeedContext, untilUndisturbed } from './client-context.ts';
import type { ManagedObject } from './managed-object.ts';
import { findObject } from './store/objects.ts';
import { writeAudit } from './store/recorded-change.ts';
import { ChangedMeanwhile } from './store/sql.ts';
import { isUuid } from './unique-identifier.ts';

/** What a handler works with: the client, and where its item stands in the batch. */
export interface OperationContext extends ClientContext {
  batch: BatchContext;
  version: ProtocolVersion;
  /** The operations answered here. */
  answered: readonly OperationName[];
  /** Runs what may fail halfway: what it wrote is undone then, and earlier items of the batch stay. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
}

/** An operation of the table. */
export interface OperationHandler {
  name: OperationName;
  /** Several statements share a transaction, even where the item is alone. */
  statements: Statements;
  execute(payload: Item, context: OperationContext): Promise<ExecutedItem>;
}

/** How many statements an operation changes with; one is a transaction by itself. */
export type Statements = 'one statement' | 'several statements';

/** Around every operation: its payload in and out of TTLV, another try after a collision, the audit of what was refused. */
export function handle<Req extends Fields, Res extends Fields>(
  spec: OperationSpec<Req, Res>,
  audited: Audited,
  work: (request: Infer<Req>, context: OperationContext & DeedContext) => Promise<Input<Res>>,
  statements: Statements = 'one statement',
): OperationHandler {
  const execute = async (payload: Item, context: OperationContext): Promise<ExecutedItem> => {
    let deed = kmipDeed(spec.name);
    try {
      const request = decodeRequestPayload(spec, payload, context.version);
      deed = kmipDeed(spec.name, requestedObject(request, context));
      const response = await untilUndisturbed(() => context.attempt(() => work(request, { ...context, deed })));
      if (audited === 'before the answer') await writeAudit(context.sql, succeeded(context.asker, deed));
      const answer = executed(spec, response, context.version);
      context.trail.push(succeeded(context.asker, { ...deed, objectId: deed.objectId ?? answeredObject(response) }));
      return answer;
    } catch (error) {
      throw audited === 'not at all' ? asKmipError(error) : await refuse(context, deed, error);
    }
  };
  return { name: spec.name, statements, execute };
}

/** Writes down that an item was refused, before its answer; answers what the client is told, or what is a bug. */
export async function refuse(context: ClientContext, deed: Deed, error: unknown): Promise<unknown> {
  const told = asKmipError(error);
  if (!(told instanceof KmipError)) return told;
  if (told.cause instanceof Failure && told.cause.code === 'DataCorrupt')
    context.service.logger.error({ err: error, deed }, 'a stored key does not open');
  const entry = failed(context.asker, deed, told.resultReason);
  context.trail.push(entry);
  await writeAudit(context.sql, entry);
  return told;
}

/** The object that a request means, on line; one of another adapter is not found, like one that never was. */
export async function objectOf(
  request: { uniqueIdentifier?: string | undefined },
  context: OperationContext,
): Promise<ManagedObject> {
  return await onLineObject(identifierOf(request.uniqueIdentifier, context.batch), context);
}

/** An object that is not archived (KMIP 1.4 §4.22): an archived one is only recovered. */
export async function onLineObject(id: string, context: ClientContext): Promise<ManagedObject> {
  const object = await anyObject(id, context);
  if (attributeValue(object.attributes, 'Archive Date') !== undefined)
    throw new KmipError('ObjectArchived', 'the object is archived');
  return object;
}

export async function anyObject(id: string, context: ClientContext): Promise<ManagedObject> {
  const object = isUuid(id) ? await findObject(context.sql, context.client.adapterId, id, context.now) : undefined;
  if (object === undefined) throw new KmipError('ItemNotFound', 'no object with this Unique Identifier');
  return object;
}

function requestedObject(request: object, { batch }: OperationContext): string | undefined {
  const id = 'uniqueIdentifier' in request ? (request.uniqueIdentifier ?? batch.idPlaceholder) : undefined;
  return typeof id === 'string' && isUuid(id) ? id : undefined;
}

function answeredObject(response: object): string | undefined {
  const id = 'uniqueIdentifier' in response ? response.uniqueIdentifier : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Failures that say nothing about the request: they end it without an answer of ours. */
const notTheClients: readonly FailureCode[] = ['Internal', 'ServiceUnavailable'];

function asKmipError(error: unknown): unknown {
  if (error instanceof Failure && !notTheClients.includes(error.code))
    return new KmipError(failures[error.code].resultReason, error.message, { cause: error });
  if (error instanceof TtlvError) return new KmipError('InvalidMessage', error.message, { cause: error });
  if (error instanceof ChangedMeanwhile)
    return new KmipError('GeneralFailure', 'others keep changing the same object; try again', { cause: error });
  return error;
}
