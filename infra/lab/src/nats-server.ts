import { join } from 'node:path';
import { natsConfig } from './nats-config.ts';
import type { CertificateFiles } from './pki.ts';
import { makePrivateFolder, writePrivateFile } from './private-file.ts';
import type { ServiceDefinition } from './supervised-process.ts';

const host = '127.0.0.1';

export interface NatsServerOptions {
  /** Holds `nats.conf` and JetStream's store. */
  readonly directory: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly certificate: CertificateFiles;
  readonly jetStreamKeyFile: string;
  readonly hostIds: readonly string[];
}

/** The server as a process of the lab: mutual TLS, users by certificate, monitoring on 127.0.0.1 only. */
export function natsProcess(program: string, options: NatsServerOptions): ServiceDefinition {
  const configFile = natsConfigFile(options.directory);
  return {
    kind: 'service',
    name: 'nats',
    dependsOn: [],
    command: [program, '-c', configFile],
    environment: {},
    ready: { url: `http://${host}:${options.monitorPort}/healthz` },
    prepare: () => writeNatsConfig(options),
  };
}

export function natsConfigFile(directory: string): string {
  return join(directory, 'nats.conf');
}

/** Writes the configuration anew, so that it always fits the code and this start's ports. */
export async function writeNatsConfig(options: NatsServerOptions): Promise<void> {
  await makePrivateFolder(options.directory);
  const text = natsConfig({
    host,
    port: options.port,
    monitorPort: options.monitorPort,
    ...options.certificate,
    storeDirectory: join(options.directory, 'jetstream'),
    hosts: [...options.hostIds],
  });
  await writePrivateFile(natsConfigFile(options.directory), text);
}
