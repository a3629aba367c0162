import { currentTraceId } from '@kagibako/telemetry/trace-context';

/** Everything that the audit tells of. */
export type AuditAction =
  | `session.${'create' | 'delete'}`
  | `host.${'enrol' | 'revoke' | 'start'}`
  | 'host.keys.get'
  | `key-provider.${'create' | 'delete' | 'set-default' | 'trust-server' | 'read-server-certificate'}`
  | `key-provider.client-certificate.${'create' | 'read'}`
  | 'key-provider.key.create'
  | `vm.${'create' | 'delete' | 'power-on' | 'power-off' | 'encrypt' | 'decrypt' | 'read-block' | 'inspect'}`
  | 'vm.assign-policy'
  | 'user.create'
  | 'read';

/** Who asks, and from where. */
export interface Asker {
  /** A user's name, `host:<id>`, `provision`. */
  actor: string;
  peerAddress: string;
}

export interface AuditEntry extends Asker {
  action: AuditAction;
  objectId?: string | undefined;
  outcome: 'success' | 'failure';
  /** The code of a failure. */
  reason?: string | undefined;
  traceId?: string | undefined;
}

export const succeeded = ({ actor, peerAddress }: Asker, action: AuditAction, objectId?: string): AuditEntry => ({
  actor,
  peerAddress,
  action,
  objectId,
  outcome: 'success',
  traceId: currentTraceId(),
});

export const failed = (
  { actor, peerAddress }: Asker,
  action: AuditAction,
  reason: string,
  objectId?: string,
): AuditEntry => ({ actor, peerAddress, action, objectId, outcome: 'failure', reason, traceId: currentTraceId() });

/** What a host reports, it reports over the bus. */
export const hostAsker = (hostId: string): Asker => ({ actor: `host:${hostId}`, peerAddress: 'bus' });
