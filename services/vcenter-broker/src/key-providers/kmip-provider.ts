import { Failure } from '@kagibako/contracts/failures';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { fetchServerCertificate } from '@kagibako/kmip-client/fetch-server-certificate';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import type { KeyProviderServer, StoredKeyProvider } from '../store/key-providers.ts';
import { openClientKey } from './client-certificate.ts';
import type { KeyLabels } from './key-labels.ts';
import { createKek, getKek } from './kmip-key.ts';
import {
  answerTimeoutMs,
  type KmipServerOptions,
  type KmipSession,
  openKmipSession,
  serverFailure,
} from './kmip-server.ts';
import type { KmipSessions } from './kmip-sessions.ts';
import { brokenServer, healthyServer, type ServerStatus } from './server-status.ts';

/** What a key provider of kind KMIP is reached with. */
export interface KmipContext {
  storageKey: KeyMaterial;
  sessions: KmipSessions;
  metrics: Metrics;
  logger: Logger;
}

export const createKmipKey = (context: KmipContext, provider: StoredKeyProvider, labels: KeyLabels): Promise<string> =>
  onAnyServer(context, provider, (session) => createKek(session, labels));

/** The caller destroys it. */
export const getKmipKey = (context: KmipContext, provider: StoredKeyProvider, keyId: string): Promise<KeyMaterial> =>
  onAnyServer(context, provider, (session) => getKek(session, keyId));

/** Servers in their order; the first that does the work ends the search, and all failures are told where none does. */
async function onAnyServer<T>(
  context: KmipContext,
  provider: StoredKeyProvider,
  work: (session: KmipSession) => Promise<T>,
): Promise<T> {
  const failures: Failure[] = [];
  for (const server of provider.servers) {
    try {
      return await context.sessions.with(await optionsFor(context, provider, server), work);
    } catch (error) {
      const failure = serverFailure(error, nameOf(server));
      context.logger.warn({ err: failure, provider: provider.name }, 'a server of a key provider failed');
      failures.push(failure);
    }
  }
  const [first] = failures;
  if (first === undefined) throw new Failure('ProviderUnreachable', `key provider ${provider.name} has no server`);
  const told = failures.map(({ message }) => message).join('; ');
  throw new Failure(first.code, `key provider ${provider.name}: ${told}`, { cause: first });
}

/** Each server by a connection of its own, as vCenter's health check does it. */
export const kmipStatus = (context: KmipContext, provider: StoredKeyProvider): Promise<ServerStatus[]> =>
  Promise.all(provider.servers.map((server) => serverStatus(context, provider, server)));

async function serverStatus(
  context: KmipContext,
  provider: StoredKeyProvider,
  server: KeyProviderServer,
): Promise<ServerStatus> {
  try {
    const session = await openKmipSession(await optionsFor(context, provider, server));
    session.close();
    const [trusted] = provider.trustedCertificates;
    return healthyServer(server.name, [provider.client?.certificate, trusted]);
  } catch (error) {
    const failure = serverFailure(error, nameOf(server));
    const nobodyYet = failure.code === 'ClientNotTrusted' && provider.client === undefined;
    const missing = new Failure('ClientNotTrusted', 'this key provider has no client certificate yet');
    return brokenServer(server.name, nobodyYet ? missing : failure);
  }
}

/** What a server shows now, in PEM, whether it is trusted or not. */
export async function shownCertificate(server: KeyProviderServer): Promise<string> {
  try {
    return await fetchServerCertificate({ host: server.hostname, port: server.port, timeoutMs: answerTimeoutMs });
  } catch (error) {
    throw serverFailure(error, nameOf(server));
  }
}

/** Without a client certificate of ours, a server has nobody to trust and says so. */
async function optionsFor(
  { storageKey, metrics }: KmipContext,
  { name, client, trustedCertificates }: StoredKeyProvider,
  { hostname, port }: KeyProviderServer,
): Promise<KmipServerOptions> {
  const certificate = client?.certificate ?? '';
  const privateKey = client === undefined ? '' : await openClientKey(name, client, storageKey);
  return { host: hostname, port, trustedCertificates, certificate, privateKey, metrics };
}

const nameOf = ({ name, hostname, port }: KeyProviderServer): string => `${name} (${hostname}:${port})`;
