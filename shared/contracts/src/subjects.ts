/** Subjects of the bus. Kind first, so that one wildcard is one stream and one permission; ids only, never names. */

export type Service = 'kms' | 'kmip-gateway' | 'vcenter-broker' | 'esxi-agent';

/** NATS ADR-6: what may stand in one token of a subject. */
const token = /^[A-Za-z0-9_-]{1,64}$/;

export const isSubjectToken = (value: string): boolean => token.test(value);

function checked(value: string): string {
  if (!isSubjectToken(value)) throw new Error(`not a subject token: ${JSON.stringify(value)}`);
  return value;
}

/** Ids that a subject carries between the version and the last token: a host's, or one process's. */
export type Scope = { hostId: string } | { processId: string } | undefined;

function scopeTokens(scope: Scope): string[] {
  if (scope === undefined) return [];
  return 'hostId' in scope ? ['host', scope.hostId] : ['process', scope.processId];
}

export function requestSubject(service: Service, operation: string, scope: Scope): string {
  return ['kagibako', 'rpc', service, 'v1', ...scopeTokens(scope).map(checkedOrWildcard), operation].join('.');
}

export function commandSubject(hostId: string, command: string): string {
  return `kagibako.cmd.host.v1.${checkedOrWildcard(hostId)}.${command}`;
}

export function eventSubject(service: Service, event: string, hostId?: string): string {
  return ['kagibako', 'evt', service, 'v1', ...(hostId === undefined ? [] : [checkedOrWildcard(hostId)]), event].join(
    '.',
  );
}

export function progressSubject(hostId: string, taskId: string): string {
  return `kagibako.prog.host.v1.${checkedOrWildcard(hostId)}.${checkedOrWildcard(taskId)}`;
}

const checkedOrWildcard = (value: string): string => (value === '*' || value === '>' ? value : checked(value));
