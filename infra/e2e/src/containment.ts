import assert from 'node:assert/strict';
import type { Lab } from '@kagibako/lab/lab-file';
import pg from 'pg';
import { type ComposeProject, type Container, containersOf } from './compose-project.ts';

/** What a container has of the privileges that Docker gives, by service; every other has none. */
const capabilities: Readonly<Record<string, readonly string[]>> = {
  setup: ['CHOWN', 'DAC_OVERRIDE'],
  router: ['NET_ADMIN'],
  'broker-network': ['NET_ADMIN'],
};
/** Images that need root for their work: they set routes or hand out files. */
const rootServices = ['setup', 'router', 'broker-network'];

/** What docker-compose.yml promises, read from the containers that run. */
export async function expectClosed(project: ComposeProject, lab: Lab): Promise<void> {
  const containers = await containersOf(project);
  for (const [service, container] of containers) {
    expectHardened(service, container);
    expectLoopbackOnly(service, container);
  }
  expectOwnVolumes(containers);
  assert.deepEqual(networksOf(containers, 'kmip-gateway'), [`${project.name}_kms`]);
  assert.deepEqual(networksOf(containers, 'broker-network'), [`${project.name}_management`]);
  assert.match(await project.compose(['exec', '-T', 'vcenter-broker', 'cat', '/proc/1/status']), /^CapBnd:\s*0+$/m);
  await expectTlsOnly(lab);
}

function expectHardened(service: string, { Config, HostConfig }: Container): void {
  assert.ok(HostConfig.ReadonlyRootfs, `${service} may write to its root file system`);
  assert.ok(!HostConfig.Privileged, `${service} is privileged`);
  assert.deepEqual(HostConfig.CapDrop, ['ALL'], `${service} keeps capabilities`);
  const added = (HostConfig.CapAdd ?? []).map((name) => name.replace(/^CAP_/, ''));
  assert.deepEqual(added.sort(), capabilities[service] ?? [], `${service} has other capabilities`);
  assert.ok(HostConfig.SecurityOpt?.includes('no-new-privileges:true'), `${service} may gain privileges`);
  if (!rootServices.includes(service)) assert.doesNotMatch(Config.User, /^(0|root)?(:|$)/, `${service} runs as root`);
}

function expectLoopbackOnly(service: string, { NetworkSettings }: Container): void {
  for (const binding of Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? [])) {
    assert.equal(binding.HostIp, '127.0.0.1', `${service} is published on ${binding.HostIp}`);
  }
}

/** Files go from the setup to one container each, and the setup's own, the CA's key among them, to none. */
function expectOwnVolumes(containers: ReadonlyMap<string, Container>): void {
  const users = new Map<string, string[]>();
  for (const [service, { Mounts }] of containers) {
    for (const { Type, Name = '' } of Mounts) {
      if (Type !== 'volume') throw new Error(`${service} mounts ${Type} ${Name}, which is no named volume`);
      const volume = Name.slice(Name.lastIndexOf('_') + 1);
      users.set(volume, [...(users.get(volume) ?? []), service]);
    }
  }
  assert.deepEqual(users.get('setup'), ['setup']);
  const delivered = [...users].filter(([volume]) => volume.endsWith('-files') || volume === 'access');
  assert.ok(delivered.length > 10);
  for (const [volume, services] of delivered) {
    const others = services.filter((service) => service !== 'setup');
    assert.deepEqual(others, [volume === 'access' ? 'seed' : volume.replace(/-files$/, '')], volume);
  }
}

function networksOf(containers: ReadonlyMap<string, Container>, service: string): readonly string[] {
  return Object.keys(containers.get(service)?.NetworkSettings.Networks ?? {});
}

async function expectTlsOnly({ postgres }: Lab): Promise<void> {
  const { host, username } = new URL(postgres.url);
  const client = new pg.Client({ connectionString: `postgres://${username}:wrong@${host}/postgres?sslmode=disable` });
  await assert.rejects(client.connect(), /no encryption/);
}
