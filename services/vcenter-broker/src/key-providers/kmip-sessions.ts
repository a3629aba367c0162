import { createHash } from 'node:crypto';
import { type KmipServerOptions, type KmipSession, openKmipSession } from './kmip-server.ts';

const idleTimeoutMs = 60_000;

interface Kept {
  session: KmipSession;
  idle: NodeJS.Timeout | undefined;
}

/** Connections that are used again: kept by everything that they were opened with, so that new trust opens new ones. */
export interface KmipSessions {
  /** Runs `work` on a session that has just been greeted. One that then fails is not used again. */
  with<T>(options: KmipServerOptions, work: (session: KmipSession) => Promise<T>): Promise<T>;
  close(): void;
}

export function createKmipSessions(): KmipSessions {
  const kept = new Map<string, Kept>();
  const forget = (key: string, session: KmipSession): void => {
    session.close();
    if (kept.get(key)?.session === session) kept.delete(key);
  };
  const keep = (key: string, session: KmipSession): void => {
    const before = kept.get(key);
    if (before !== undefined && before.session !== session) {
      session.close();
      return;
    }
    clearTimeout(before?.idle);
    kept.set(key, { session, idle: setTimeout(() => forget(key, session), idleTimeoutMs).unref() });
  };
  return {
    with: async (options, work) => {
      const key = keyOf(options);
      const session = (await greeted(kept.get(key)?.session)) ?? (await openKmipSession(options));
      try {
        const result = await work(session);
        keep(key, session);
        return result;
      } catch (error) {
        forget(key, session);
        throw error;
      }
    },
    close: () => {
      for (const { session, idle } of kept.values()) {
        clearTimeout(idle);
        session.close();
      }
      kept.clear();
    },
  };
}

/** The server may have ended a connection that nobody used for a while: greeting it is harmless, and tells. */
async function greeted(session: KmipSession | undefined): Promise<KmipSession | undefined> {
  try {
    await session?.greet();
    return session;
  } catch {
    session?.close();
    return undefined;
  }
}

function keyOf({ host, port, trustedCertificates, certificate }: KmipServerOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([host, port, trustedCertificates, certificate]))
    .digest('hex');
}
