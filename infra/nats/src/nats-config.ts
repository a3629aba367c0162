import { sizes } from '@kagibako/contracts/sizes';
import { type BusUser, busUsers, observerUser } from './permissions.ts';

export interface NatsConfigOptions {
  host: string;
  port: number;
  /** Monitoring speaks plain HTTP without authentication, so its address is set apart. */
  monitorHost?: string;
  monitorPort: number;
  certFile: string;
  keyFile: string;
  caFile: string;
  storeDirectory: string;
  /** Ids of the hosts that may connect. */
  hosts: readonly string[];
  /** Environment variable of nats-server that holds the key for JetStream's files; absent: not encrypted. */
  storeKeyVariable?: string;
  /** `sync_interval: always`, which nats-server knows from 2.10: an acknowledged message survives a power cut. */
  syncAlways?: boolean;
  /** Adds the observer, which may subscribe to everything. Labs only. */
  withObserver?: boolean;
}

const writeDeadline = '5s';
const answerWithin = '15s';

/** nats-server's configuration: mutual TLS, where a certificate's name is the user, and allow-lists per user. */
export function natsConfig(options: NatsConfigOptions): string {
  const users = busUsers(options.hosts).map(userBlock);
  if (options.withObserver)
    users.push(
      `      { user: ${quote(observerUser)}, permissions: { publish: { deny: [">"] }, subscribe: { allow: [">"] } } }`,
    );
  return `server_name: kagibako
listen: ${quote(`${options.host}:${options.port}`)}
http: ${quote(`${options.monitorHost ?? options.host}:${options.monitorPort}`)}
max_payload: ${sizes.busPayloadBytesMax}
write_deadline: ${quote(writeDeadline)}
tls {
  cert_file: ${quote(options.certFile)}
  key_file: ${quote(options.keyFile)}
  ca_file: ${quote(options.caFile)}
  verify_and_map: true
  timeout: 5
}
jetstream {
  store_dir: ${quote(options.storeDirectory)}
  max_memory_store: 64MB
  max_file_store: 4GB
${options.storeKeyVariable === undefined ? '' : `  cipher: aes\n  key: $${options.storeKeyVariable}\n`}${options.syncAlways ? '  sync_interval: always\n' : ''}}
system_account: SYS
accounts {
  SYS: { users: [ { user: "operator.kagibako.internal" } ] }
  LAB: {
    jetstream: enabled
    users: [
${users.join('\n')}
    ]
  }
}
`;
}

function userBlock(user: BusUser): string {
  const answers = user.answersOnce ? `, allow_responses: { max: 1, expires: ${quote(answerWithin)} }` : '';
  return `      { user: ${quote(user.user)}, permissions: {
          publish: { allow: [${user.publish.map(quote).join(', ')}] }
          subscribe: { allow: [${user.subscribe.map(quote).join(', ')}] }${answers} } }`;
}

const quote = (text: string): string => JSON.stringify(text);
