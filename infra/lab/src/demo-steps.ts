import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Story } from './demo.ts';
import { field, listIn, RestError, signInToBroker, textField } from './demo-clients.ts';

export interface StoryStep {
  readonly name: string;
  /** Does the step, says what happened, and answers what a script may want to know; throws where it does not hold. */
  run(story: Story, say: (line: string) => void): Promise<Record<string, unknown>>;
}

const encryptionPolicyName = 'VM Encryption Policy';
const diskKey = '2000';
const blockBytes = 4096;
const taskPollMs = 100;
const taskTimeoutMs = 120_000;

const vmPath = (story: Story): string => `/api/vcenter/vm/${story.vm}`;
const providersPath = '/api/vcenter/crypto-manager/kms/standard-providers';

/** The story, in order. */
export const storySteps: readonly StoryStep[] = [
  { name: '1. Sign in', run: signIn },
  { name: '2. Add a key provider; trust both ways', run: (story, say) => addProvider(story, say, 'KMIP') },
  { name: '3. Create a VM from an existing disk image', run: createVm },
  { name: '4. Encrypt it by storage policy', run: encrypt },
  { name: '5. Power on; read a block through the encryption layer', run: powerOnAndRead },
  { name: '6. What is ciphertext and what is not; power off', run: inspectAndPowerOff },
  { name: '7. Decrypt it by the default policy', run: decrypt },
  { name: '8a. A key provider on the bus, without KMIP', run: (story, say) => addProvider(story, say, 'BUS') },
  { name: '8b. Encrypt with a key from the bus', run: encrypt },
  { name: '8c. Power on and read', run: powerOnAndRead },
  { name: '8d. Inspect and power off', run: inspectAndPowerOff },
  { name: '8e. Decrypt', run: decrypt },
  { name: '9. Clean up', run: cleanUp },
];

async function signIn(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  story.broker = await signInToBroker(story.lab, story.trace);
  const session = await story.broker.get('/api/session');
  say(`signed in as ${textField(session, 'user')}`);
  return { user: textField(session, 'user') };
}

async function addProvider(
  story: Story,
  say: (line: string) => void,
  kind: 'KMIP' | 'BUS',
): Promise<Record<string, unknown>> {
  const provider = `${story.name}-${kind.toLowerCase()}`;
  const path = `${providersPath}/${provider}`;
  const { brokerHost, brokerPort } = story.lab.kmip;
  const servers = [{ name: 'kms-1', address: { hostname: brokerHost, port: brokerPort } }];
  await story.broker.post(providersPath, { provider, kind, ...(kind === 'KMIP' ? { servers } : {}) });
  story.providers.push(provider);
  say(
    kind === 'KMIP'
      ? `${provider} is a KMIP server at ${brokerHost}:${brokerPort}`
      : `${provider} is kms itself, over NATS`,
  );
  const statuses = [await sayStatus(story, say, provider)];
  if (kind === 'KMIP') {
    const certificates = listIn(await story.broker.get(`${path}/peer-certs/current`)).map((peer) =>
      textField(peer, 'certificate'),
    );
    await story.broker.patch(`${path}/peer-certs/trusted`, { certificates });
    say('accepted the server’s certificate');
    statuses.push(await sayStatus(story, say, provider));
    await story.broker.post(`${path}/client-certificate`);
    say('generated a client certificate');
  }
  const certificate = textField(await story.broker.get(`${path}/client-certificate`), 'certificate');
  await registerAtAdapter(story, provider, certificate);
  say('registered the client certificate at the KMS’s adapter');
  statuses.push(await sayStatus(story, say, provider));
  if (statuses.at(-1)?.['health'] !== 'OK')
    throw new Error(`the provider is not healthy: ${JSON.stringify(statuses.at(-1))}`);
  await story.broker.post(`${path}?action=set-default`);
  return { provider, statuses };
}

async function sayStatus(
  story: Story,
  say: (line: string) => void,
  provider: string,
): Promise<Record<string, unknown>> {
  const info = await story.broker.get(`${providersPath}/${provider}`);
  const status = field(info, 'status');
  const health = textField(status, 'health');
  const [server] = listIn(field(status, 'servers') ?? []);
  const details = [status, server]
    .flatMap((part) => field(part, 'details') ?? [])
    .map((detail) => String(field(detail, 'default_message')));
  say(`status: ${health}${details.length > 0 ? `, ${[...new Set(details)].join(', ')}` : ''}`);
  return { health, details };
}

async function registerAtAdapter(story: Story, name: string, certificate: string): Promise<void> {
  const [adapter] = listIn(field(await story.kms.get('/api/v2/kmip_adapters'), 'resources') ?? []);
  story.adapterId = textField(adapter, 'id');
  const path = `/api/v2/kmip_adapters/${story.adapterId}/certificates`;
  const collectionType = 'application/vnd.ibm.kms.kmip_client_certificate+json';
  await story.kms
    .post(path, { metadata: { collectionType, collectionTotal: 1 }, resources: [{ name, certificate }] })
    .then(() => story.certificates.push(`${path}/${name}`))
    .catch((error: unknown) => {
      // The broker's own bus certificate stays registered between two demos.
      if (!(error instanceof RestError) || error.status !== 409) throw error;
    });
}

async function createVm(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  const image = await story.placeImage(story.name, story.image);
  const answer = await story.broker.post('/api/vcenter/vm', {
    guest_OS: 'OTHER_64',
    name: story.name,
    placement: { host: story.host },
    memory: { size_MiB: 64 },
    disks: [{ backing: { type: 'VMDK_FILE', vmdk_file: image } }],
  });
  story.vm = String(answer);
  story.capacityBytes = story.image.flat.length;
  say(`${story.vm} on ${story.host}, disk from ${image}`);
  await expectDigest(story, 0, story.capacityBytes, story.image.sha256);
  say(`its disk is the image, SHA-256 ${story.image.sha256}`);
  return { vm: story.vm, image, sha256: story.image.sha256 };
}

function encrypt(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  return assignPolicy(story, say, (policy) => textField(policy, 'name') === encryptionPolicyName);
}

async function decrypt(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  const details = await assignPolicy(story, say, (policy) => textField(policy, 'name') !== encryptionPolicyName);
  await expectDigest(story, 0, story.capacityBytes, story.image.sha256);
  const files = await inspect(story);
  if (files.some((file) => field(file, 'encrypted') === true)) throw new Error('a file is still encrypted');
  say('the disk is byte for byte what it was');
  return { ...details, files };
}

async function assignPolicy(
  story: Story,
  say: (line: string) => void,
  isWanted: (policy: unknown) => boolean,
): Promise<Record<string, unknown>> {
  const policy = listIn(await story.broker.get('/api/vcenter/storage/policies')).find(isWanted);
  say(`assigning ${textField(policy, 'name')}`);
  const body = { vm_home: { type: 'USE_SPECIFIED_POLICY', policy: textField(policy, 'policy') } };
  const task = String(await story.broker.patch(`${vmPath(story)}/storage/policy?vmw-task=true`, body));
  const progress = await followTask(story, task);
  say(`task ${task} succeeded${progress.length > 0 ? `: ${progress.join(', ')}` : ''}`);
  return { task, progress };
}

/** Polls a task to its end; answers the progress it saw. */
async function followTask(story: Story, task: string): Promise<string[]> {
  const seen = new Set<string>();
  const deadline = Date.now() + taskTimeoutMs;
  while (Date.now() < deadline) {
    const info = await story.broker.get(`/api/cis/tasks/${task}`);
    const progress = field(info, 'progress');
    if (progress !== undefined) seen.add(`${field(progress, 'completed')} of ${field(progress, 'total')}`);
    const status = textField(info, 'status');
    if (status === 'SUCCEEDED') return [...seen];
    if (status === 'FAILED') throw new Error(`task ${task} failed: ${JSON.stringify(field(info, 'error'))}`);
    await wait(taskPollMs);
  }
  throw new Error(`task ${task} did not end within ${taskTimeoutMs} ms`);
}

async function powerOnAndRead(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  await story.broker.post(`${vmPath(story)}/power?action=start`);
  say('powered on: the host asked for the KEK again');
  const offset = 1024 * 1024;
  const expected = createHash('sha256')
    .update(story.image.flat.subarray(offset, offset + blockBytes))
    .digest('base64');
  await expectDigest(story, offset, blockBytes, expected);
  say(`block at ${offset} reads as the guest wrote it, SHA-256 ${expected}`);
  return { sha256: expected };
}

async function inspectAndPowerOff(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  const files = await inspect(story);
  for (const file of files) say(describeFile(file));
  say('not made yet: vmsn, core dumps');
  for (const file of files) checkFile(file);
  await story.broker.post(`${vmPath(story)}/power?action=stop`);
  say('powered off');
  return { files };
}

const mustBeEncrypted = ['nvram', 'swap', 'disk'];

/** Decided by content: the known plaintext is absent, and decrypting finds it. */
function checkFile(file: unknown): void {
  const role = textField(file, 'role');
  const wanted = mustBeEncrypted.includes(role);
  const holds =
    field(file, 'encrypted') === wanted &&
    (!wanted || (field(file, 'containsKnownPlaintext') === false && field(file, 'decryptsToKnownPlaintext') === true));
  if (!holds) throw new Error(`${textField(file, 'name')} is not as it must be: ${JSON.stringify(file)}`);
}

function describeFile(file: unknown): string {
  const name = textField(file, 'name').padEnd(28);
  const size = `${field(file, 'sizeBytes')} bytes`.padStart(16);
  if (field(file, 'encrypted') === true) return `${name}${size}  ciphertext; decrypting finds what was there`;
  return `${name}${size}  clear${field(file, 'keyId') === undefined ? '' : `, names key ${field(file, 'keyId')}`}`;
}

async function inspect(story: Story): Promise<unknown[]> {
  const body = { known_plaintext: story.image.knownPlaintext.toString('base64') };
  return listIn(field(await story.broker.post(`/api/kagibako/vm/${story.vm}/inspect`, body), 'files'));
}

async function expectDigest(story: Story, offset: number, length: number, expected: string): Promise<void> {
  const answer = await story.broker.post(`/api/kagibako/vm/${story.vm}/digest`, { disk: diskKey, offset, length });
  const sha256 = textField(answer, 'sha256');
  if (sha256 !== expected) throw new Error(`block ${offset}+${length} has SHA-256 ${sha256}, not ${expected}`);
}

async function cleanUp(story: Story, say: (line: string) => void): Promise<Record<string, unknown>> {
  await story.broker.delete(vmPath(story));
  for (const provider of story.providers) await story.broker.delete(`${providersPath}/${provider}`);
  for (const certificate of story.certificates) await story.kms.delete(certificate);
  say(`removed the VM, the providers and their certificates; the keys stay at the KMS`);
  return {};
}
