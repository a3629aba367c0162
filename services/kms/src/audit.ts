import type { OperationName } from '@kagibako/kmip/operation';
import { currentTraceId } from '@kagibako/telemetry/trace-context';

/** Who asks, in whose instance, and how the request can be found again. */
export interface Asker {
  instanceId: string;
  adapterId?: string | undefined;
  /** `certificate:<id>`, `api-key:<id>`. */
  actor: string;
  peerAddress: string;
  requestId?: string | undefined;
}

/** What was asked for. No payloads. */
export interface Deed {
  /** One of Key Protect's audit actions. */
  action: AuditAction;
  /** KMIP's or our own word for it, where the action covers several. */
  operation: string;
  objectId?: string | undefined;
}

export interface AuditEntry extends Asker, Deed {
  outcome: 'success' | 'failure' | 'undone';
  /** A Result Reason or the code of a failure. */
  reason?: string | undefined;
  traceId?: string | undefined;
}

export type AuditAction =
  | `kms.kmip.${'create' | 'get' | 'activate' | 'revoke' | 'destroy' | 'locate' | 'default'}`
  | `kms.kmip-management.${'create' | 'delete' | 'list' | 'read'}`
  | `kms.secrets.${'create' | 'list' | 'read'}`
  | 'kms.secrets-metadata.read'
  | 'kms.instance.create'
  | 'kms.api-key.create';

const kmipActions: Partial<Record<string, AuditAction>> = {
  Create: 'kms.kmip.create',
  Get: 'kms.kmip.get',
  Activate: 'kms.kmip.activate',
  Revoke: 'kms.kmip.revoke',
  Destroy: 'kms.kmip.destroy',
  Locate: 'kms.kmip.locate',
};

export const kmipDeed = (operation: OperationName | 'unknown', objectId?: string): Deed => ({
  action: kmipActions[operation] ?? 'kms.kmip.default',
  operation,
  objectId,
});

export const succeeded = (asker: Asker, deed: Deed): AuditEntry => ({
  ...pick(asker),
  ...deed,
  outcome: 'success',
  traceId: currentTraceId(),
});

export const failed = (asker: Asker, deed: Deed, reason: string): AuditEntry => ({
  ...pick(asker),
  ...deed,
  outcome: 'failure',
  reason,
  traceId: currentTraceId(),
});

const pick = ({ instanceId, adapterId, actor, peerAddress, requestId }: Asker): Asker => ({
  instanceId,
  adapterId,
  actor,
  peerAddress,
  requestId,
});

/** When the audit rows are written. Either way an operation whose entry cannot be written does not happen. */
export type Audited = 'with the change' | 'before the answer' | 'not at all';
