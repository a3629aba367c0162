import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { headerBytes, messageLength } from '@kagibako/kmip/ttlv';
import type { Send } from './run-case.ts';

const timeoutMs = 10_000;

/** A way to send to a KMIP server, each message over a TLS connection of its own. Files are PEM. */
export async function connectEndpoint(
  endpoint: string,
  files: { readonly cert: string; readonly key: string; readonly ca: string },
): Promise<Send> {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(endpoint) ?? [];
  if (host === undefined) throw new Error(`${endpoint} is not HOST:PORT`);
  const identity = { cert: readFileSync(files.cert), key: readFileSync(files.key), ca: readFileSync(files.ca) };
  return async (message) => {
    const socket = connect({ host, port: Number(port), ...identity });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    try {
      await once(socket, 'secureConnect');
      socket.write(message);
      let answer = Buffer.alloc(0);
      for await (const chunk of socket) {
        answer = Buffer.concat([answer, chunk]);
        if (answer.length >= headerBytes && answer.length >= messageLength(answer.subarray(0, headerBytes)))
          return answer;
      }
      throw new Error('the connection ended before its answer');
    } finally {
      socket.destroy();
    }
  };
}
