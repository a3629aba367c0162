// The init container: makes certificates and secrets once, and gives each container its own. All of it, the CA's key
// too, stays in a volume that no other container mounts.
import { chmod, chown, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureCertificates } from '@kagibako/lab/certificates';
import { certificateFiles, ensureSigningKeyPair } from '@kagibako/lab/pki';
import { writePrivateFile } from '@kagibako/lab/private-file';
import { ensureSecrets } from '@kagibako/lab/secrets';
import { hostIds } from '@kagibako/lab/settings';
import { natsConfig } from '@kagibako/nats/nats-config';
import { type ContainerFiles, containerFiles, filesFolder } from './container-files.ts';

const setupFolder = '/setup';
const volumesFolder = '/volumes';
/** JetStream's volume: nats-server does not run as root, and its image has no folder whose owner a volume takes over. */
const natsDataFolder = '/nats-data';
const [fileMode, folderMode] = [0o400, 0o700];

/** The superuser by the container's own socket, everybody else by TLS and password. */
const hostBasedAuthentication = `local   all all     peer
hostssl all all all scram-sha-256
`;

async function makeOriginals(): Promise<void> {
  const pki = join(setupFolder, 'pki');
  const names = ['postgres', 'nats', 'kms', 'vcenter-broker', 'kmip-gateway'];
  const extraNames = Object.fromEntries(names.map((name) => [name, [name]]));
  await ensureCertificates(pki, { hostIds, extraNames });
  await ensureSigningKeyPair(join(pki, 'vcenter-broker/signing.key'), join(pki, 'vcenter-broker/signing.pub'));
  const { jetStreamKey } = await ensureSecrets(join(setupFolder, 'secrets'));
  await writePrivateFile(join(setupFolder, 'postgres/pg_hba.conf'), hostBasedAuthentication);
  await writePrivateFile(join(setupFolder, 'nats/nats.conf'), await natsServerConfig(jetStreamKey));
}

/** The key stands in the file: the server's image has no shell that could put a secret's file into its environment. */
async function natsServerConfig(jetStreamKeyFile: string): Promise<string> {
  const storeKeyVariable = 'KAGIBAKO_JETSTREAM_KEY';
  const config = natsConfig({
    host: '0.0.0.0',
    port: 4222,
    monitorHost: '127.0.0.1',
    monitorPort: 8222,
    ...certificateFiles(join(filesFolder, 'server')),
    storeDirectory: '/data',
    hosts: hostIds,
    storeKeyVariable,
    syncAlways: true,
    withObserver: true,
  });
  return `${storeKeyVariable}: ${JSON.stringify(await readFile(jetStreamKeyFile, 'utf8'))}\n${config}`;
}

async function deliver(container: string, { owner, files }: ContainerFiles): Promise<void> {
  const volume = join(volumesFolder, container);
  await own(volume, owner, folderMode);
  for (const { from, to } of files) await deliverOne(join(setupFolder, from), volume, to, owner);
}

async function deliverOne(source: string, volume: string, to: string, owner: number): Promise<void> {
  if ((await stat(source)).isDirectory()) {
    for (const name of await readdir(source)) await deliverOne(join(source, name), volume, join(to, name), owner);
    return;
  }
  const folder = dirname(join(volume, to));
  await mkdir(folder, { recursive: true });
  if (folder !== volume) await own(folder, owner, folderMode);
  const unfinished = join(volume, `${to}.new`);
  await rm(unfinished, { force: true });
  await cp(source, unfinished);
  await own(unfinished, owner, fileMode);
  await rename(unfinished, join(volume, to));
}

/** The mode first: what belongs to another may not be changed without one more capability. */
async function own(path: string, owner: number, mode: number): Promise<void> {
  const { uid } = await stat(path);
  if (uid === owner) return;
  await chmod(path, mode);
  await chown(path, owner, owner);
}

await makeOriginals();
for (const [container, files] of Object.entries(containerFiles)) await deliver(container, files);
await own(natsDataFolder, containerFiles.nats.owner, folderMode);
console.log(`each of ${Object.keys(containerFiles).length} containers has its files`);
