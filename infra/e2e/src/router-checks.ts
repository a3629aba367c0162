import assert from 'node:assert/strict';
import { type ComposeProject, containerOf } from './compose-project.ts';
import { until } from './until.ts';

const kmipPort = 5696;
const connectTimeoutMs = 3_000;

/** Runs in a container: connects, and says how it went. */
const connectProgram = `
const [host, port, timeout] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: Number(port) });
const say = (result) => { console.log(result); process.exit(); };
socket.on('connect', () => say('connected')).on('error', ({ code }) => say(code));
setTimeout(say, Number(timeout), 'timeout');
`;

export interface NamedCheck {
  readonly name: string;
  check(): Promise<void>;
}

/** What the router between the two networks lets through, and as whom. The order matters: the last puts all right. */
export function routerChecks(project: ComposeProject): readonly NamedCheck[] {
  const reach = (host: string, port = kmipPort) => connect(project, 'vcenter-broker', host, port);
  const flush = (chain: string) =>
    project.compose(['exec', '-T', 'router', 'nft', 'flush', 'chain', 'ip', 'kagibako', chain]);
  const restartRouter = async (): Promise<void> => {
    await project.compose(['restart', 'router']);
    await until('the broker reaches the gateway', async () => (await reach('kmip-gateway')) === 'connected');
  };
  return [
    {
      name: 'the audit names the router as the peer of every KMIP client',
      check: async () => assert.deepEqual(await kmipPeers(project), [await addressOf(project, 'router', 'kms')]),
    },
    {
      name: 'the broker reaches the gateway by TCP 5696, and nothing else of the KMS’s network',
      check: async () => {
        assert.equal(await reach('kmip-gateway'), 'connected');
        assert.notEqual(await reach('kmip-gateway', 9100), 'connected');
        assert.notEqual(await reach(await addressOf(project, 'kms', 'kms'), 8443), 'connected');
        assert.notEqual(await reach(await addressOf(project, 'nats', 'kms'), 4222), 'connected');
      },
    },
    {
      name: 'the gateway reaches nothing of the management network',
      check: async () => {
        const broker = await addressOf(project, 'broker-network', 'management');
        assert.notEqual(await connect(project, 'kmip-gateway', broker, 9443), 'connected');
      },
    },
    {
      name: 'without the masquerade rule the broker does not reach the gateway',
      check: async () => {
        await flush('translation');
        assert.notEqual(await reach('kmip-gateway'), 'connected');
        await restartRouter();
      },
    },
    {
      name: 'without the forward rule the broker does not reach the gateway',
      check: async () => {
        await flush('forward');
        assert.notEqual(await reach('kmip-gateway'), 'connected');
        await restartRouter();
      },
    },
  ];
}

async function connect(project: ComposeProject, from: string, host: string, port: number): Promise<string> {
  const program = ['node', '-e', connectProgram, host, String(port), String(connectTimeoutMs)];
  return (await project.compose(['exec', '-T', from, ...program])).trim();
}

async function addressOf(project: ComposeProject, service: string, network: string): Promise<string> {
  const { NetworkSettings } = await containerOf(project, service);
  const address = NetworkSettings.Networks[`${project.name}_${network}`]?.IPAddress;
  if (address === undefined || address === '') throw new Error(`${service} has no address on ${network}`);
  return address;
}

async function kmipPeers(project: ComposeProject): Promise<readonly string[]> {
  const query = `SELECT DISTINCT peer_address FROM audit WHERE action LIKE 'kms.kmip.%' AND peer_address NOT LIKE 'bus:%'`;
  const psql = ['psql', '--username=postgres', '--dbname=kms', '--tuples-only', '--no-align', '--command', query];
  const rows = await project.compose(['exec', '-T', 'postgres', ...psql]);
  return rows.split('\n').filter((row) => row !== '');
}
