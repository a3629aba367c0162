import { X509Certificate } from 'node:crypto';
import type { Failure } from '@kagibako/contracts/failures';
import { localizable } from '../tasks.ts';

export type Health = 'OK' | 'WARNING' | 'ERROR';

/** How one server of a key provider is, in the shape of `/trusted-infrastructure`. */
export interface ServerStatus {
  name: string;
  health: Health;
  details: ReturnType<typeof localizable>[];
  client_trust_server: boolean;
  server_trust_client: boolean;
}

const dayMs = 86_400_000;
const expiryWarningDays = 30;

export function healthyServer(name: string, certificates: readonly (string | undefined)[]): ServerStatus {
  const details = certificates.flatMap((pem) => (pem === undefined ? [] : expiryWarnings(new X509Certificate(pem))));
  const health = details.length === 0 ? 'OK' : 'WARNING';
  return { name, health, details, client_trust_server: true, server_trust_client: true };
}

function expiryWarnings(certificate: X509Certificate): ReturnType<typeof localizable>[] {
  const daysLeft = Math.floor((certificate.validToDate.getTime() - Date.now()) / dayMs);
  if (daysLeft >= expiryWarningDays) return [];
  const message = `The certificate of ${certificate.subject.replaceAll('\n', ', ')} ends in ${daysLeft} days`;
  return [localizable('kagibako.vcenter.key-provider.certificate-expires', message)];
}

/** In the order in which an administrator has to mend it. */
export function brokenServer(name: string, failure: Failure): ServerStatus {
  const clientTrustsServer = failure.code === 'ClientNotTrusted';
  const told = headlines[failure.code] ?? 'Server not reachable';
  const details = [localizable(`kagibako.vcenter.key-provider.${failure.code}`, `${told}: ${failure.message}`)];
  return { name, health: 'ERROR', details, client_trust_server: clientTrustsServer, server_trust_client: false };
}

const headlines: Partial<Record<Failure['code'], string>> = {
  ServerNotTrusted: 'Server not trusted',
  ClientNotTrusted: 'Client not trusted',
  ProviderTimedOut: 'Server does not answer',
};

/** A provider works as long as one of its servers does. */
export function overallHealth(servers: readonly ServerStatus[]): Health {
  if (servers.every(({ health }) => health === 'OK')) return 'OK';
  return servers.some(({ health }) => health !== 'ERROR') ? 'WARNING' : 'ERROR';
}
