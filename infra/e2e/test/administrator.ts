import { randomBytes } from 'node:crypto';
import {
  field,
  listIn,
  type RestClient,
  RestError,
  signInToBroker,
  signInToKms,
  textField,
} from '@kagibako/lab/demo-clients';
import type { Lab } from '@kagibako/lab/lab-file';

const providersPath = '/api/vcenter/crypto-manager/kms/standard-providers';
const conflict = 409;
export const encryptionPolicy = '4d5f673c-536f-11e6-beb8-9e71128cae77';

/** What an administrator does by REST, beside the story that the demo tells. */
export interface Administrator {
  broker: RestClient;
  /** With a new disk of so many bytes, or from an image on the host's datastore. */
  createVm(host: string, disk: number | { vmdk_file: string }): Promise<string>;
  /** Resolves when the VM's files are ciphertext. */
  encrypt(vm: string): Promise<void>;
  decrypt(vm: string): Promise<void>;
  /** Starts what `encrypt` or `decrypt` waits for; the task's id. */
  startSwitch(vm: string, encrypted: boolean): Promise<string>;
  power(vm: string, action: 'start' | 'stop'): Promise<void>;
  /** A default key provider of kind BUS, whose certificate the KMS knows. */
  addProvider(): Promise<string>;
}

export async function anAdministrator(lab: Lab): Promise<Administrator> {
  const trace = { traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01` };
  const broker = await signInToBroker(lab, trace);
  const kms = await signInToKms(lab, trace);
  const assign = async (vm: string, encrypted: boolean, query = ''): Promise<unknown> => {
    const policies = listIn(await broker.get('/api/vcenter/storage/policies'));
    const ids = policies.map((policy) => textField(policy, 'policy'));
    const policy = ids.find((id) => (id === encryptionPolicy) === encrypted);
    const body = { vm_home: { type: 'USE_SPECIFIED_POLICY', policy } };
    return await broker.patch(`/api/vcenter/vm/${vm}/storage/policy${query}`, body);
  };
  return {
    broker,
    createVm: async (host, disk) =>
      String(
        await broker.post('/api/vcenter/vm', {
          guest_OS: 'OTHER_64',
          name: `vm-of-test-${randomBytes(4).toString('hex')}`,
          placement: { host },
          memory: { size_MiB: 16 },
          disks: [
            typeof disk === 'number' ? { new_vmdk: { capacity: disk } } : { backing: { type: 'VMDK_FILE', ...disk } },
          ],
        }),
      ),
    encrypt: async (vm) => void (await assign(vm, true)),
    decrypt: async (vm) => void (await assign(vm, false)),
    startSwitch: async (vm, encrypted) => String(await assign(vm, encrypted, '?vmw-task=true')),
    power: async (vm, action) => void (await broker.post(`/api/vcenter/vm/${vm}/power?action=${action}`)),
    addProvider: async () => {
      const provider = `of-test-${randomBytes(4).toString('hex')}`;
      await broker.post(providersPath, { provider, kind: 'BUS' });
      const certificate = textField(await broker.get(`${providersPath}/${provider}/client-certificate`), 'certificate');
      await register(kms, provider, certificate);
      await broker.post(`${providersPath}/${provider}?action=set-default`);
      return provider;
    },
  };
}

/** The broker's bus certificate is one and the same for each provider of kind BUS. */
async function register(kms: RestClient, name: string, certificate: string): Promise<void> {
  const [adapter] = listIn(field(await kms.get('/api/v2/kmip_adapters'), 'resources') ?? []);
  const collectionType = 'application/vnd.ibm.kms.kmip_client_certificate+json';
  const body = { metadata: { collectionType, collectionTotal: 1 }, resources: [{ name, certificate }] };
  await kms.post(`/api/v2/kmip_adapters/${textField(adapter, 'id')}/certificates`, body).catch((error: unknown) => {
    if (!(error instanceof RestError) || error.status !== conflict) throw error;
  });
}
