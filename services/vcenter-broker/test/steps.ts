import assert from 'node:assert/strict';
import { randomBytes, X509Certificate } from 'node:crypto';
import type { Ask, TestBroker } from './broker.ts';
import type { TestHost } from './host.ts';
import type { TestKmipServer } from './kmip-server.ts';
import type { RestAnswer } from './rest-client.ts';

/** Steps that several tests begin with. */

export const providers = '/api/vcenter/crypto-manager/kms/standard-providers';
export const policies = {
  encryption: '4d5f673c-536f-11e6-beb8-9e71128cae77',
  default: '2cc19a72-3d5e-4d0c-9c6e-5a1f1f2d8a10',
} as const;

export async function enrol({ ask }: { ask: Ask }, { id, publicKey }: TestHost): Promise<void> {
  const answer = await ask('POST', '/api/kagibako/hosts', {
    host: id,
    datastore: `/stores/${id}`,
    public_key: publicKey,
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}

export const newVm = (more: object = {}) => ({
  guest_OS: 'OTHER_64',
  name: `vm-${randomBytes(3).toString('hex')}`,
  placement: { host: 'esx-1' },
  memory: { size_MiB: 16 },
  disks: [{ new_vmdk: { capacity: 1024 * 1024 } }],
  ...more,
});

export async function aVm({ ask }: { ask: Ask }): Promise<string> {
  const answer = await ask('POST', '/api/vcenter/vm', newVm());
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

export const assign = ({ ask }: { ask: Ask }, vm: string, policy: string, query = ''): Promise<RestAnswer> =>
  ask('PATCH', `/api/vcenter/vm/${vm}/storage/policy${query}`, {
    vm_home: { type: 'USE_SPECIFIED_POLICY', policy },
  });

/** A key provider of the server, trusted both ways. */
export async function aProvider({ ask }: TestBroker, provider: string, kmip: TestKmipServer): Promise<void> {
  const servers = [{ name: 'one', address: { hostname: '127.0.0.1', port: kmip.port } }];
  assert.equal((await ask('POST', providers, { provider, kind: 'KMIP', servers })).status, 201);
  const trust = { certificates: [kmip.certificate] };
  assert.equal((await ask('PATCH', `${providers}/${provider}/peer-certs/trusted`, trust)).status, 204);
  const { body } = await ask('POST', `${providers}/${provider}/client-certificate`);
  kmip.clients.add(new X509Certificate(body.certificate).fingerprint256);
}
