import { join } from 'node:path';
import { busUsers, observerUser } from '@kagibako/nats/permissions';
import { type CertificateFiles, type CertificateRequest, ensureAuthority, ensureCertificate } from './pki.ts';

const authorityName = 'Kagibako Lab CA';
const loopbackNames = ['localhost'];
const loopbackAddresses = ['127.0.0.1', '::1'];

/** One certificate of a deployment and the folder it lies in, `<owner>/<use>`, below the folder of the PKI. */
export interface CertificateRow extends CertificateRequest {
  readonly owner: string;
  readonly use: string;
}

export interface CertificateOptions {
  readonly hostIds: readonly string[];
  /** DNS names under which servers are reached besides localhost: a container's service names, by owner. */
  readonly extraNames?: Readonly<Record<string, readonly string[]>>;
}

/** The name of a host's agent as a process and as an owner of files. */
export function agentName(hostId: string): string {
  return `esxi-agent-${hostId}`;
}

/** Every certificate of a deployment with these hosts. */
export function certificateTable({ hostIds, extraNames = {} }: CertificateOptions): readonly CertificateRow[] {
  const bus = (user: string): CertificateRow => ({
    owner: user.slice(0, user.indexOf('.')),
    use: 'bus',
    commonName: user,
    // NATS takes the first DNS name of a client's certificate as its user (`verify_and_map`): there is exactly one.
    dnsNames: [user],
    ipAddresses: [],
    purpose: 'client',
  });
  const server = (owner: string, use: string): CertificateRow => ({
    owner,
    use,
    commonName: `${use}.${owner}`,
    dnsNames: [...loopbackNames, ...(extraNames[owner] ?? [])],
    ipAddresses: loopbackAddresses,
    purpose: 'server',
  });
  return [
    ...busUsers(hostIds).map(({ user }) => bus(user)),
    bus(observerUser),
    server('nats', 'server'),
    server('postgres', 'server'),
    server('kms', 'https'),
    server('vcenter-broker', 'https'),
    server('kmip-gateway', 'kmip'),
    {
      owner: 'scripts',
      use: 'kmip',
      commonName: 'kmip-script',
      dnsNames: [],
      ipAddresses: [],
      purpose: 'client',
    },
  ];
}

/** Makes what is missing, too old or changed, and returns where the files of `<owner>/<use>` are. */
export async function ensureCertificates(
  directory: string,
  options: CertificateOptions,
): Promise<(owner: string, use: string) => CertificateFiles> {
  const authority = await ensureAuthority(join(directory, 'ca'), authorityName);
  const files = new Map<string, CertificateFiles>();
  for (const row of certificateTable(options)) {
    const folder = join(directory, row.owner, row.use);
    files.set(`${row.owner}/${row.use}`, await ensureCertificate(authority, folder, row));
  }
  return (owner, use) => {
    const found = files.get(`${owner}/${use}`);
    if (found === undefined) throw new Error(`there is no certificate ${owner}/${use}`);
    return found;
  };
}
