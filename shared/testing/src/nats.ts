import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BusSettings } from '@kagibako/bus/bus';
import { type Authority, ensureAuthority, ensureCertificate } from '@kagibako/lab/pki';
import { findFreePort } from '@kagibako/lab/ports';
import { natsConfig } from '@kagibako/nats/nats-config';

const readyWithinMs = 10_000;

/** A real nats-server of the test's own, with the users and permissions that the lab has. */
export interface TestNats {
  url: string;
  directory: string;
  storeDirectory: string;
  authority: Authority;
  /** The connection settings of one process: `kms`, `esxi-agent-esx-1`, `observer` … or of any stranger. */
  settingsFor(name: string): Promise<BusSettings>;
  /** SIGKILL, as a crash does it. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startNats(
  options: { hosts: readonly string[] } = { hosts: ['esx-1', 'esx-2'] },
): Promise<TestNats> {
  const program = process.env['KAGIBAKO_TEST_NATS_SERVER'];
  if (program === undefined) throw new Error('KAGIBAKO_TEST_NATS_SERVER is not set: run tests by `npm test`');
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-nats-'));
  const authority = await ensureAuthority(join(directory, 'ca'), 'Kagibako test CA');
  const server = await ensureCertificate(authority, join(directory, 'server'), {
    commonName: 'nats',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    purpose: 'server',
  });
  const [port, monitorPort] = [await findFreePort(), await findFreePort()];
  const storeDirectory = join(directory, 'jetstream');
  const configFile = join(directory, 'nats.conf');
  await writeFile(
    configFile,
    natsConfig({
      host: '127.0.0.1',
      port,
      monitorPort,
      ...server,
      storeDirectory,
      hosts: options.hosts,
      withObserver: true,
    }),
  );
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(program, ['-c', configFile], { stdio: 'ignore' });
    await untilReady(`http://127.0.0.1:${monitorPort}/healthz`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  await start();
  return {
    url: `tls://127.0.0.1:${port}`,
    directory,
    storeDirectory,
    authority,
    settingsFor: async (name) => {
      const files = await ensureCertificate(authority, join(directory, name), {
        commonName: name,
        dnsNames: [`${name}.kagibako.internal`],
        ipAddresses: [],
        purpose: 'client',
      });
      return {
        natsUrl: `tls://127.0.0.1:${port}`,
        natsCaFile: files.caFile,
        natsCertFile: files.certFile,
        natsKeyFile: files.keyFile,
      };
    },
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await wait(50);
  }
  throw new Error(`nats-server was not ready within ${readyWithinMs} ms`);
}
