import { randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { fingerprintOf } from '@kagibako/sealed-bus/identity';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { collection, IdOrName, Name, oneResource, Page } from '../collections.ts';
import { nothing, route } from '../route.ts';
import { adapterLimits } from '../store/adapters.ts';
import {
  type ClientCertificate,
  findCertificate,
  listCertificates,
  registerCertificate,
  removeCertificate,
} from '../store/certificates.ts';
import { AdapterParams, adapterOf, checkName } from './kmip-adapters.ts';

const NewCertificate = Type.Object(
  {
    name: Type.Optional(Name),
    certificate: Type.String({
      maxLength: 16_384,
      pattern: '^\\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\r\\n]+-----END CERTIFICATE-----\\s*$',
    }),
  },
  { additionalProperties: false },
);

export const createKmipCertificate = route({
  method: 'POST',
  url: '/api/v2/kmip_adapters/:adapter/certificates',
  summary: 'Registers the certificate of a KMIP client, which may connect from then on',
  roles: ['Manager'],
  action: 'kms.kmip-management.create',
  audited: 'with the change',
  params: AdapterParams,
  query: nothing,
  body: oneResource('kmip_client_certificate', NewCertificate),
  handle: async ({ params, body, asker, deed, user }, { database }) => {
    const [{ name = `kmip_cert_${randomBytes(4).toString('hex')}`, certificate }] = body.resources;
    checkName(name);
    const { instanceId } = asker;
    const { id: adapterId } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const parsed = parseCertificate(certificate);
    const id = randomUUID();
    const recorded = {
      audit: succeeded(asker, { ...deed, objectId: id }),
      facts: [eventFact('clientCertificateAdded', randomUUID(), { instanceId, adapterId, certificateId: id })],
    };
    const made = { id, adapterId, name, fingerprint: fingerprintOf(parsed), pem: parsed.toString(), createdBy: user };
    if (!(await registerCertificate(database, recorded, made)))
      throw new Failure(
        'ResourceInUse',
        `an adapter has at most ${adapterLimits.certificatesPerAdapterMax} certificates`,
      );
    return { status: 201, body: collection('kmip_client_certificate', [{ id, name, created_by: user }]) };
  },
});

export const listKmipCertificates = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters/:adapter/certificates',
  summary: 'Lists the certificates of an adapter’s clients',
  roles: ['Manager'],
  action: 'kms.kmip-management.list',
  audited: 'before the answer',
  params: AdapterParams,
  query: Type.Object(Page),
  handle: async ({ params, query, asker: { instanceId } }, { database }) => {
    const { id } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const { certificates, total } = await listCertificates(database, id, query);
    const body = collection('kmip_client_certificate', certificates.map(shown), query.totalCount ? total : undefined);
    return { status: 200, body };
  },
});

const CertificateParams = Type.Object({ adapter: IdOrName, certificate: IdOrName });

export const readKmipCertificate = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters/:adapter/certificates/:certificate',
  summary: 'Shows a client certificate',
  roles: ['Manager'],
  action: 'kms.kmip-management.read',
  audited: 'before the answer',
  params: CertificateParams,
  query: nothing,
  handle: async ({ params, asker: { instanceId } }, { database }) => {
    const { id } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const found = await findCertificate(database, id, params.certificate);
    if (found === undefined) throw noSuchCertificate();
    return { status: 200, body: collection('kmip_client_certificate', [{ ...shown(found), certificate: found.pem }]) };
  },
});

export const deleteKmipCertificate = route({
  method: 'DELETE',
  url: '/api/v2/kmip_adapters/:adapter/certificates/:certificate',
  summary: 'Removes a client certificate, which is unknown from its next message on',
  roles: ['Manager'],
  action: 'kms.kmip-management.delete',
  audited: 'with the change',
  params: CertificateParams,
  query: nothing,
  handle: async ({ params, asker, deed }, { database }) => {
    const { instanceId } = asker;
    const { id: adapterId } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const found = await findCertificate(database, adapterId, params.certificate);
    if (found === undefined) throw noSuchCertificate();
    const { id } = found;
    const recorded = {
      audit: succeeded(asker, { ...deed, objectId: id }),
      facts: [eventFact('clientCertificateRemoved', randomUUID(), { instanceId, adapterId, certificateId: id })],
    };
    if (!(await removeCertificate(database, recorded, id))) throw noSuchCertificate();
    return { status: 204 };
  },
});

const noSuchCertificate = (): Failure => new Failure('NotFound', 'no certificate with this name or id');

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem.trim());
  } catch (error) {
    throw new Failure('InvalidArgument', 'this is not an X.509 certificate', { cause: error });
  }
}

const shown = ({ id, name, createdBy, createdAt }: ClientCertificate) => ({
  id,
  name,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});
