import { X509Certificate } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { makeClientCertificate } from '../key-providers/client-certificate.ts';
import { shownCertificate } from '../key-providers/kmip-provider.ts';
import { nothing, route } from '../route.ts';
import { type StoredKeyProvider, setClientCertificate, trustServers } from '../store/key-providers.ts';
import { noSuchProvider, ProviderParams, providerOf, providersPath } from './key-providers.ts';

const certificatesMax = 16;
const certificateCharactersMax = 16_384;

export const readServerCertificates = route({
  method: 'GET',
  url: `${providersPath}/:provider/peer-certs/current`,
  summary: 'Fetches the certificates that the servers show now, for an administrator to judge',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.read-server-certificate',
  audited: 'before the answer',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const provider = await providerOf(service, params.provider);
    checkKmip(provider);
    const trusted = provider.trustedCertificates.map((pem) => new X509Certificate(pem));
    const shown = provider.servers.map(async (server) => {
      const certificate = await shownCertificate(server);
      const parsed = new X509Certificate(certificate);
      return {
        server_name: server.name,
        certificate,
        fingerprint_sha256: parsed.fingerprint256,
        trusted: trusted.some(({ raw }) => raw.equals(parsed.raw)),
      };
    });
    return { status: 200, body: await Promise.all(shown) };
  },
});

export const readTrustedCertificates = route({
  method: 'GET',
  url: `${providersPath}/:provider/peer-certs/trusted`,
  summary: 'Shows the certificates that servers are trusted by',
  privilege: 'Cryptographer.ReadKeyServersInfo',
  action: 'read',
  audited: 'not at all',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const { trustedCertificates } = await providerOf(service, params.provider);
    return { status: 200, body: { certificates: trustedCertificates } };
  },
});

export const trustCertificates = route({
  method: 'PATCH',
  url: `${providersPath}/:provider/peer-certs/trusted`,
  summary: 'Trusts servers by these certificates, theirs or of CAs above them, and by no others',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.trust-server',
  audited: 'with the change',
  params: ProviderParams,
  query: nothing,
  body: Type.Object(
    {
      certificates: Type.Array(Type.String({ maxLength: certificateCharactersMax }), { maxItems: certificatesMax }),
    },
    { additionalProperties: false },
  ),
  handle: async ({ params, body, asker }, service) => {
    checkKmip(await providerOf(service, params.provider));
    const trusted = { name: params.provider, certificates: body.certificates.map(readCertificate) };
    const audit = succeeded(asker, 'key-provider.trust-server', params.provider);
    if (!(await trustServers(service.database, { audit }, trusted))) throw noSuchProvider(params.provider);
    return { status: 204 };
  },
});

export const createClientCertificate = route({
  method: 'POST',
  url: `${providersPath}/:provider/client-certificate`,
  summary: 'Makes the certificate that this key provider’s servers know the broker by, in place of an older one',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.client-certificate.create',
  audited: 'with the change',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params: { provider: name }, asker }, service) => {
    checkKmip(await providerOf(service, name));
    const made = await makeClientCertificate(name, service.providers.storageKey);
    const audit = succeeded(asker, 'key-provider.client-certificate.create', name);
    if (!(await setClientCertificate(service.database, { audit }, { name, ...made }))) throw noSuchProvider(name);
    return { status: 201, body: { certificate: made.certificate } };
  },
});

export const readClientCertificate = route({
  method: 'GET',
  url: `${providersPath}/:provider/client-certificate`,
  summary: 'Shows the certificate to register at the KMS',
  privilege: 'Cryptographer.ReadKeyServersInfo',
  action: 'key-provider.client-certificate.read',
  audited: 'not at all',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const provider = await providerOf(service, params.provider);
    return { status: 200, body: { certificate: service.providers.clientCertificate(provider) } };
  },
});

function checkKmip({ kind, name }: StoredKeyProvider): void {
  if (kind !== 'KMIP')
    throw new Failure('Unsupported', `key provider ${name} is reached over the bus, under the bus’s own certificates`);
}

function readCertificate(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch (error) {
    throw new Failure('InvalidArgument', 'this is not an X.509 certificate in PEM', { cause: error });
  }
}
