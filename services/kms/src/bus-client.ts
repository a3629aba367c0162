import { Failure, type FailureCode } from '@kagibako/contracts/failures';
import { KmipError, type ResultReasonName } from '@kagibako/kmip/kmip-error';
import type { OperationName } from '@kagibako/kmip/operation';
import type { Peer } from '@kagibako/sealed-bus/identity';
import { failed, kmipDeed } from './audit.ts';
import { clientContext, type DeedContext } from './client-context.ts';
import type { Service } from './service.ts';
import { findClient } from './store/clients.ts';
import { writeAudit } from './store/recorded-change.ts';

/** A key provider of kind `bus`: its bus certificate is registered at an adapter like any KMIP client's. */
export async function asBusClient<T>(
  service: Service,
  asked: { peer: Pick<Peer, 'name' | 'certificateFingerprint'>; requestId: string },
  operation: OperationName,
  work: (context: DeedContext) => Promise<T>,
  objectId?: string,
): Promise<T> {
  const client = await findClient(service.database, asked.peer.certificateFingerprint);
  if (client === undefined) throw new Failure('Unauthenticated', 'this certificate is registered at no KMIP adapter');
  const peerAddress = `bus:${asked.peer.name}`;
  const context = clientContext({ service, client, requestId: asked.requestId, peerAddress });
  const deed = kmipDeed(operation, objectId);
  try {
    return await work({ ...context, deed });
  } catch (error) {
    const failure = asFailure(error);
    if (!(failure instanceof Failure)) throw error;
    await writeAudit(service.database, failed(context.asker, deed, failure.code));
    throw failure;
  } finally {
    for (const key of context.secrets) key.destroy();
    service.changed();
  }
}

/** The nearest failure for what the operations say in KMIP's words. */
const failureCodes: Partial<Record<ResultReasonName, FailureCode>> = {
  ItemNotFound: 'NotFound',
  InvalidField: 'InvalidArgument',
  IndexOutOfBounds: 'InvalidArgument',
  PermissionDenied: 'NotAllowedInCurrentState',
};

function asFailure(error: unknown): unknown {
  if (!(error instanceof KmipError)) return error;
  return new Failure(failureCodes[error.resultReason] ?? 'KeyUnavailable', error.message, { cause: error });
}
