import { readFileSync } from 'node:fs';
import type { Lab } from '@kagibako/lab/lab-file';
import { connect } from '@nats-io/transport-node';

/** Everything that anybody says on the bus: subject, headers and body of each message. */
export interface Wiretap {
  messages: { subject: string; content: Buffer }[];
  close(): Promise<void>;
}

/** Listens as the lab's observer, for as long as it takes: a bus that is killed under it is waited for. */
export async function tapBus(lab: Lab): Promise<Wiretap> {
  const connection = await connect({
    servers: lab.nats.url,
    inboxPrefix: '_INBOX_observer',
    maxReconnectAttempts: -1,
    tls: {
      ca: readFileSync(lab.nats.caFile, 'utf8'),
      cert: readFileSync(lab.nats.certFile, 'utf8'),
      key: readFileSync(lab.nats.keyFile, 'utf8'),
    },
  });
  const messages: Wiretap['messages'] = [];
  connection.subscribe('>', {
    callback: (error, message) => {
      if (error !== null) throw error;
      const headers = [...(message.headers ?? [])].flatMap(([name, values]) =>
        values.map((value) => `${name}: ${value}`),
      );
      messages.push({
        subject: message.subject,
        content: Buffer.concat([Buffer.from(`${message.subject}\n${headers.join('\n')}\n`), message.data]),
      });
    },
  });
  await connection.flush();
  return { messages, close: () => connection.close() };
}
