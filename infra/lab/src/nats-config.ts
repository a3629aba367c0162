export interface NatsConfigOptions {
  readonly host: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly storeDirectory: string;
  readonly hosts: string[];
}

/** Stands in until @kagibako/nats/nats-config exists: mutual TLS and JetStream, the observer as the only user. */
export function natsConfig(options: NatsConfigOptions): string {
  return `
listen: ${options.host}:${options.port}
http: ${options.host}:${options.monitorPort}
jetstream { store_dir: ${JSON.stringify(options.storeDirectory)} }
tls {
  cert_file: ${JSON.stringify(options.certFile)}
  key_file: ${JSON.stringify(options.keyFile)}
  ca_file: ${JSON.stringify(options.caFile)}
  verify_and_map: true
}
authorization { users: [ { user: "observer.kagibako.internal", permissions: { subscribe: ">", publish: { deny: ">" } } } ] }
`;
}
