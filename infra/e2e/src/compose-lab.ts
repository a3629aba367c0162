import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoOptions } from '@kagibako/lab/demo';
import type { DemoImage } from '@kagibako/lab/demo-image';
import { type Lab, readLab, writeLab } from '@kagibako/lab/lab-file';
import type { ComposeProject } from './compose-project.ts';

export type PlaceImage = NonNullable<DemoOptions['placeImage']>;

/** Where the container `seed` has what scripts need. */
const containerFolder = '/run/kagibako';

/**
 * Copies the files that scripts need out of a running lab of containers, into a new folder below `directory`, and
 * writes lab.json there: the containers' own, with paths and addresses as this machine sees them.
 */
export async function fetchLab(project: ComposeProject, directory: string): Promise<Lab> {
  const folder = await mkdtemp(join(directory, 'access-'));
  await project.compose(['cp', `seed:${containerFolder}/.`, folder]);
  const lab = withFolder(await readLab(folder), folder);
  const seen: Lab = {
    ...lab,
    broker: { ...lab.broker, url: `https://${await published(project, 'broker-network', 9443)}` },
    kms: { ...lab.kms, url: `https://${await published(project, 'kms', 8443)}` },
    kmip: { ...lab.kmip, ...splitAddress(await published(project, 'router', 5696)) },
    nats: { ...lab.nats, url: `tls://${await published(project, 'nats', 4222)}` },
    postgres: { ...lab.postgres, url: withHost(lab.postgres.url, await published(project, 'postgres', 5432)) },
    jaeger: await published(project, 'jaeger', 16686).then(
      (address) => ({ url: `http://${address}` }),
      () => null,
    ),
  };
  await writeLab(folder, seen);
  return seen;
}

/** Only strings that begin with the folder are paths, or end an address. */
function withFolder(lab: Lab, folder: string): Lab {
  return JSON.parse(JSON.stringify(lab).replaceAll(containerFolder, folder)) as Lab;
}

async function published(project: ComposeProject, service: string, port: number): Promise<string> {
  return (await project.compose(['port', service, String(port)])).trim();
}

function splitAddress(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname, port: Number(port) };
}

function withHost(url: string, address: string): string {
  const seen = new URL(url);
  seen.host = address;
  return seen.href;
}

/** Puts the demo's disk image on the datastore of `host`, as the host's own user. */
export async function placeImageInContainer(
  project: ComposeProject,
  host: string,
  name: string,
  image: DemoImage,
): Promise<string> {
  const write = async (file: string, content: Buffer): Promise<void> => {
    const command = [
      'sh',
      '-c',
      'mkdir -p "$(dirname "$1")" && cat > "$1"',
      'sh',
      `/datastores/${host}/images/${file}`,
    ];
    await project.compose(['exec', '-T', host, ...command], { input: content });
  };
  await write(`${name}-flat.vmdk`, image.flat);
  await write(`${name}.vmdk`, Buffer.from(image.descriptor));
  return `[${host}] images/${name}.vmdk`;
}
