import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NatsConfigOptions, natsConfig } from '@kagibako/nats/nats-config';
import { knowsSyncAlways, type NatsProgram } from './nats-binary.ts';
import type { CertificateFiles } from './pki.ts';
import { makePrivateFolder, writePrivateFile } from './private-file.ts';
import type { ServiceDefinition } from './supervised-process.ts';

const host = '127.0.0.1';
const storeKeyVariable = 'KAGIBAKO_JETSTREAM_KEY';

export interface NatsServerOptions {
  /** Holds `nats.conf` and JetStream's store. */
  readonly directory: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly certificate: CertificateFiles;
  readonly hostIds: readonly string[];
}

/** The server as a process of the lab: mutual TLS, users by certificate, its files encrypted. */
export async function natsProcess(
  program: NatsProgram,
  options: NatsServerOptions,
  jetStreamKeyFile: string,
): Promise<ServiceDefinition> {
  const storeKey = await readFile(jetStreamKeyFile, 'utf8');
  const extra = { storeKeyVariable, syncAlways: knowsSyncAlways(program) };
  return {
    kind: 'service',
    name: 'nats',
    dependsOn: [],
    command: [program.file, '-c', natsConfigFile(options.directory)],
    // nats-server reads a variable as a piece of its configuration: without quotes a key might be taken for a number.
    environment: { [storeKeyVariable]: JSON.stringify(storeKey) },
    ready: { url: `http://${host}:${options.monitorPort}/healthz` },
    prepare: () => writeNatsConfig(options, extra),
  };
}

/** The configuration in the server's folder. */
export function natsConfigFile(directory: string): string {
  return join(directory, 'nats.conf');
}

/** Writes the configuration anew, so that it always fits the code and this start's ports. */
export async function writeNatsConfig(
  options: NatsServerOptions,
  extra: Partial<Pick<NatsConfigOptions, 'storeKeyVariable' | 'syncAlways'>> = {},
): Promise<void> {
  await makePrivateFolder(options.directory);
  const text = natsConfig({
    host,
    port: options.port,
    monitorPort: options.monitorPort,
    ...options.certificate,
    storeDirectory: join(options.directory, 'jetstream'),
    hosts: options.hostIds,
    withObserver: true,
    ...extra,
  });
  await writePrivateFile(natsConfigFile(options.directory), text);
}
