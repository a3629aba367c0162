import { join } from 'node:path';
import { readIfPresent, writePrivateFile } from './private-file.ts';

/**
 * What `.lab/lab.json` says to scripts, once the lab is ready. Paths are absolute; files that hold secrets are mode
 * 0600 and hold nothing else, without a newline.
 */
export interface Lab {
  /** vcenter-broker: HTTPS under the lab's CA. `user` has every privilege, `noCryptoUser` all but the cryptographic. */
  readonly broker: {
    readonly url: string;
    readonly caFile: string;
    readonly user: string;
    readonly passwordFile: string;
    readonly noCryptoUser: string;
    readonly noCryptoPasswordFile: string;
  };
  /** kms: HTTPS under the lab's CA. Two API keys, each of a service instance of its own; `instance` is the first's id. */
  readonly kms: {
    readonly url: string;
    readonly caFile: string;
    readonly apiKeyFile: string;
    readonly secondApiKeyFile: string;
    readonly instance: string | null;
  };
  /** kmip-gateway as seen by a script on this machine and as seen by the broker, and a client identity for scripts. */
  readonly kmip: {
    readonly host: string;
    readonly port: number;
    readonly brokerHost: string;
    readonly brokerPort: number;
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  };
  /** The bus. The identity is the observer's: it may subscribe to everything and publish nothing. */
  readonly nats: {
    readonly url: string;
    /** Null where NATS_URL names a server that is not the lab's. */
    readonly monitorUrl: string | null;
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  };
  /** The administrator's connection; its password is in the file. */
  readonly postgres: {
    readonly url: string;
    readonly passwordFile: string;
    /** Programs and data of the lab's own server; null where DATABASE_URL names another. */
    readonly stateDirectory: string | null;
  };
  /** Where the services send traces, whether anybody listens there or not. */
  readonly otlp: { readonly url: string };
  /** Jaeger's page; null where the lab runs none. */
  readonly jaeger: { readonly url: string } | null;
  /** The hosts: name in the broker's inventory, and the folder that is their datastore. */
  readonly agents: readonly { readonly name: string; readonly datastore: string }[];
  /** The folder with one `<process>.log` each. */
  readonly logs: string;
}

/** Where a state folder's lab.json lies. */
export function labFile(stateDirectory: string): string {
  return join(stateDirectory, 'lab.json');
}

/** Writes the file in one step: a reader sees the old or the new content, never half of it. */
export async function writeLab(stateDirectory: string, lab: Lab): Promise<void> {
  await writePrivateFile(labFile(stateDirectory), `${JSON.stringify(lab, undefined, 2)}\n`);
}

/** The description that the last start wrote. Says how to start the lab where there is none. */
export async function readLab(stateDirectory: string): Promise<Lab> {
  const content = await readIfPresent(labFile(stateDirectory));
  if (content === undefined) throw new Error(`there is no ${labFile(stateDirectory)}: start the lab with npm run lab`);
  // Only writeLab writes this file, in one step.
  return JSON.parse(content.toString('utf8')) as Lab;
}
