import { join } from 'node:path';
import { agentName } from './certificates.ts';
import type { Plan } from './plan.ts';
import type { PortName } from './ports.ts';
import { brokerSettings, commonSettings, host, httpsSettings, kmsSettings } from './service-settings.ts';
import { hostIds, labFolders, repository } from './settings.ts';
import type { ServiceDefinition } from './supervised-process.ts';
import type { ProcessDefinition } from './supervisor.ts';
import { brokerProvisions, databases, kmsProvisions, migration, seeding } from './tasks.ts';

/** Every process and task of the lab, each with what it needs to be ready before it. */
export function labProcesses(plan: Plan): readonly ProcessDefinition[] {
  const servers = [plan.database.process, plan.nats.process].filter((process) => process !== undefined);
  const services = [steward(plan), kms(plan), gateway(plan), broker(plan), ...hostIds.map((id) => agent(plan, id))];
  const tasks = [
    databases(plan),
    migration(plan, 'kms'),
    migration(plan, 'vcenter-broker'),
    ...kmsProvisions(plan),
    ...brokerProvisions(plan),
    seeding(plan, [...services.map(({ name }) => name)]),
  ];
  return [...servers, ...tasks, ...services].map((definition) => withoutForeignServers(definition, servers));
}

/** A server that is not the lab's own is there already: nothing waits for it. */
function withoutForeignServers<Definition extends ProcessDefinition>(
  definition: Definition,
  servers: readonly ServiceDefinition[],
): Definition {
  const isOwn = (name: string): boolean =>
    !['postgres', 'nats'].includes(name) || servers.some((server) => server.name === name);
  return { ...definition, dependsOn: definition.dependsOn.filter(isOwn) };
}

function steward(plan: Plan): ServiceDefinition {
  return nodeService(plan, {
    name: 'steward',
    file: 'infra/nats/src/steward.ts',
    opsPort: 'stewardOps',
    dependsOn: ['nats'],
    environment: { KAGIBAKO_HOST_IDS: hostIds.join(',') },
  });
}

function kms(plan: Plan): ServiceDefinition {
  return nodeService(plan, {
    name: 'kms',
    file: 'services/kms/src/main.ts',
    opsPort: 'kmsOps',
    dependsOn: ['kms-provision', 'steward'],
    environment: { ...kmsSettings(plan), ...httpsSettings(plan, 'kms', 'kmsHttps') },
  });
}

function gateway(plan: Plan): ServiceDefinition {
  const { certFile, keyFile } = plan.certificate('kmip-gateway', 'kmip');
  return nodeService(plan, {
    name: 'kmip-gateway',
    file: 'services/kmip-gateway/src/main.ts',
    opsPort: 'gatewayOps',
    dependsOn: ['kms'],
    environment: {
      KAGIBAKO_KMIP_HOST: host,
      KAGIBAKO_KMIP_PORT: String(plan.ports.kmip),
      KAGIBAKO_TLS_CERT_FILE: certFile,
      KAGIBAKO_TLS_KEY_FILE: keyFile,
    },
  });
}

function broker(plan: Plan): ServiceDefinition {
  return nodeService(plan, {
    name: 'vcenter-broker',
    file: 'services/vcenter-broker/src/main.ts',
    opsPort: 'brokerOps',
    dependsOn: ['broker-provision-administrator', 'broker-provision-noCrypto', 'steward'],
    environment: { ...brokerSettings(plan), ...httpsSettings(plan, 'vcenter-broker', 'brokerHttps') },
  });
}

function agent(plan: Plan, hostId: (typeof hostIds)[number]): ServiceDefinition {
  const { datastore, state } = labFolders(plan.settings.stateDirectory).host(hostId);
  return nodeService(plan, {
    name: agentName(hostId),
    file: 'services/esxi-agent/src/main.ts',
    opsPort: `${hostId}Ops`,
    dependsOn: ['steward'],
    environment: {
      KAGIBAKO_HOST_ID: hostId,
      KAGIBAKO_DATASTORE_DIRECTORY: datastore,
      KAGIBAKO_STATE_DIRECTORY: state,
      KAGIBAKO_BROKER_SIGNING_PUBLIC_KEY_FILE: plan.signing.publicKeyFile,
    },
  });
}

interface NodeService {
  readonly name: string;
  readonly file: string;
  readonly opsPort: PortName;
  readonly dependsOn: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A service of this repository: run by this Node, on the bus under its own name, ready by its own word. */
function nodeService(plan: Plan, service: NodeService): ServiceDefinition {
  const opsPort = plan.ports[service.opsPort];
  const bus = plan.certificate(service.name, 'bus');
  return {
    kind: 'service',
    name: service.name,
    dependsOn: service.dependsOn,
    command: [process.execPath, join(repository, service.file)],
    workingDirectory: repository,
    ready: { url: `http://${host}:${opsPort}/readyz` },
    environment: {
      ...commonSettings(plan),
      KAGIBAKO_NATS_URL: plan.nats.url,
      KAGIBAKO_NATS_CA_FILE: bus.caFile,
      KAGIBAKO_NATS_CERT_FILE: bus.certFile,
      KAGIBAKO_NATS_KEY_FILE: bus.keyFile,
      KAGIBAKO_OPS_HOST: host,
      KAGIBAKO_OPS_PORT: String(opsPort),
      ...service.environment,
    },
  };
}
