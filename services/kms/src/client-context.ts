import type { KeyMaterial } from '@kagibako/crypto/key-material';
import type { Asker, AuditEntry, Deed } from './audit.ts';
import { wholeSeconds } from './managed-object.ts';
import type { Service } from './service.ts';
import type { Client } from './store/clients.ts';
import { ChangedMeanwhile, type Sql } from './store/sql.ts';

/** What one request of a registered client is executed with. */
export interface ClientContext {
  service: Service;
  client: Client;
  asker: Asker;
  /** Names a change: it happens once, however often it is asked for under this name. */
  request: { id: string; item: number };
  now: Date;
  sql: Sql;
  /** Keys that the answer refers to; whoever encodes the answer destroys them then. */
  secrets: KeyMaterial[];
  /** What was done and refused so far, for a batch that is undone. */
  trail: AuditEntry[];
}

/** The same for one operation of it, which the audit names. */
export type DeedContext = ClientContext & { deed: Deed };

export function clientContext(options: {
  service: Service;
  client: Client;
  requestId: string;
  peerAddress: string;
}): ClientContext {
  const { service, client, requestId, peerAddress } = options;
  return {
    service,
    client,
    asker: {
      instanceId: client.instanceId,
      adapterId: client.adapterId,
      actor: `certificate:${client.certificateId}`,
      peerAddress,
      requestId,
    },
    request: { id: requestId, item: 0 },
    now: wholeSeconds(new Date()),
    sql: service.database,
    secrets: [],
    trail: [],
  };
}

const attemptsMax = 10;

/** Does it again when another process changed the same object between reading and writing. */
export async function untilUndisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile) || attempt === attemptsMax) throw error;
    }
  }
}
