import assert from 'node:assert/strict';
import { createPublicKey, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { eventFact } from '@kagibako/bus/event-facts';
import { publishFact } from '@kagibako/bus/facts';
import { sendRequest } from '@kagibako/bus/request-reply';
import { Failure } from '@kagibako/contracts/failures';
import { createKeyRequest } from '@kagibako/crypto/key-delivery';
import { openDatabase } from '@kagibako/runtime/database';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedServer, type SealedServer } from '@kagibako/sealed-bus/sealed-server';
import { connectAs } from '@kagibako/testing/bus';
import { waitUntil } from '@kagibako/testing/wait-until';
import { administrator, basic, startBroker, type TestBroker } from './broker.ts';
import { startHost, type TestHost } from './host.ts';
import { assign, aVm, enrol, policies, providers } from './steps.ts';

describe('the broker as processes', () => {
  let broker: TestBroker;
  let host: TestHost;

  before(async () => {
    broker = await startBroker();
    host = await startHost(broker.nats, 'esx-1');
    await enrol(broker, host);
  });
  after(async () => {
    await host.close();
    await broker.stop();
  });

  it('names every setting that is missing', async () => {
    const { code, output } = await broker.run('main', [], { KAGIBAKO_NATS_URL: '', KAGIBAKO_SIGNING_KEY_FILE: '' });
    assert.notEqual(code, 0);
    assert.match(output, /KAGIBAKO_NATS_URL is missing/);
    assert.match(output, /KAGIBAKO_SIGNING_KEY_FILE is missing/);
  });

  it('refuses to provision a role that there is not', async () => {
    const { code, output } = await broker.run('provision', [
      '--user',
      'x',
      '--password-file',
      '/dev/null',
      '--role',
      'Root',
    ]);
    assert.notEqual(code, 0);
    assert.match(output, /Administrator\|NoCryptoAdmin/);
    assert.equal((await broker.database.query('SELECT 1 FROM users')).length, 2);
  });

  it('shows that it lives, is ready, and what it counts', async () => {
    assert.equal((await fetch(`${broker.opsUrl}/healthz`)).status, 200);
    const { checks } = (await (await fetch(`${broker.opsUrl}/readyz`)).json()) as { checks: unknown };
    assert.deepEqual(checks, { database: 'ok', bus: 'ok' });
    assert.match(await (await fetch(`${broker.opsUrl}/metrics`)).text(), /kagibako_outbox_published_total/);
  });

  it('believes a host only about itself and its own tasks', async () => {
    const vm = await aVm(broker);
    host.next.push('ignore');
    const asked = broker.ask('POST', `/api/vcenter/vm/${vm}/power?action=start`);
    const taskId = await waitUntil('the task runs', async () => {
      const [row] = await broker.database.query(`SELECT id FROM tasks WHERE status = 'RUNNING'`);
      return row === undefined ? undefined : String(row['id']);
    });
    const other = await startHost(broker.nats, 'esx-2');
    try {
      const body = { taskId, vmId: vm, hostId: 'esx-1' };
      const forged = eventFact('vmPoweredOn', 'forged', body);
      await assert.rejects(publishFact(other.bus, forged), 'the bus lets nobody speak as another host');
      await publishFact(other.bus, { ...forged, subject: forged.subject.replace('esx-1', 'esx-2') });
      await other.tell('vmPoweredOn', { ...body, hostId: 'esx-2' });
      const worked = async (result: string): Promise<boolean> => {
        const metrics = await (await fetch(`${broker.opsUrl}/metrics`)).text();
        return new RegExp(`bus_deliveries_total\\{subject="vm-powered-on",result="${result}"`).test(metrics);
      };
      await waitUntil('both were worked on', async () => (await worked('retried')) && (await worked('ok')));
      assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}/power`)).body.state, 'POWERED_OFF');
      assert.deepEqual(await broker.database.query('SELECT id FROM handled_events WHERE id = $1', ['forged']), []);
      await host.tell('vmPoweredOn', body);
      assert.equal((await asked).status, 204);
    } finally {
      await other.close();
    }
  });

  it('goes on after its database connections were lost', async () => {
    const runtime = openDatabase(broker.database.url, broker.database.password, () => undefined);
    await runtime.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()',
    );
    await runtime.end();
    await waitUntil('it answers', async () => (await broker.ask('GET', '/api/session')).status === 200);
    assert.match(broker.output(), /database connection lost|outbox waits/);
    assert.doesNotMatch(broker.output(), /uncaught error/);
  });

  describe('with a key provider on the bus', () => {
    let kms: Bus;
    let sealed: SealedServer;
    const material = new Uint8Array(randomBytes(32));
    let registered = false;
    const created: Record<string, string>[] = [];

    before(async () => {
      kms = await connectAs(broker.nats, 'kms');
      sealed = await createSealedServer(kms, readBusIdentity(await broker.nats.settingsFor('kms')));
      const known = (): void => {
        if (!registered) throw new Failure('Unauthenticated', 'this certificate is registered nowhere');
      };
      sealed.serve('probeClient', async ({ peer }) => {
        assert.equal(peer.name, 'vcenter-broker');
        known();
        return { vendor: 'test' };
      });
      sealed.serve('createKey', async ({ body }) => {
        known();
        created.push(body.attributes);
        return { keyId: 'key-1' };
      });
      sealed.serve('getKey', async () => {
        known();
        return material.slice();
      });
    });
    after(async () => {
      sealed.close();
      await kms.close();
    });

    const health = async (): Promise<string[]> => {
      const { status } = (await broker.ask('GET', `${providers}/bus`)).body;
      return [status.health, status.servers[0].details[0]?.default_message ?? ''];
    };

    it('shows its bus certificate, which kms has to know', async () => {
      assert.equal((await broker.ask('POST', providers, { provider: 'bus', kind: 'BUS' })).status, 201);
      const [red, told] = await health();
      assert.equal(red, 'ERROR');
      assert.match(String(told), /^Client not trusted: key provider bus: /);
      const { certificate } = (await broker.ask('GET', `${providers}/bus/client-certificate`)).body;
      assert.match(certificate, /BEGIN CERTIFICATE/);
      const made = await broker.ask('POST', `${providers}/bus/client-certificate`);
      assert.equal(made.body.error_type, 'UNSUPPORTED');
      registered = true;
      assert.deepEqual(await health(), ['OK', '']);
    });

    it('encrypts with a key from there and gives it to the host', async () => {
      const vm = await aVm(broker);
      assert.equal((await assign(broker, vm, policies.encryption)).status, 204);
      assert.equal(created.length, 1);
      assert.equal(created[0]?.['x-Identifier'], vm);
      const keys = [{ providerId: 'bus', keyId: 'key-1' }];
      const asked = await createKeyRequest({ hostId: 'esx-1', taskId: 't', keys, signingKey: host.signingKey });
      const answer = await sendRequest(host.bus, 'getKeys', asked.request, { hostId: 'esx-1' });
      const [key] = await asked.open(answer, createPublicKey(broker.signingPublicKey));
      assert.deepEqual(key?.expose(), material);
    });

    it('leaves a VM as it was when its host fails, and the key ungranted', async () => {
      const vm = await aVm(broker);
      host.next.push('fail');
      const failed = await assign(broker, vm, policies.encryption);
      assert.deepEqual([failed.status, failed.body.error_type], [500, 'UNABLE_TO_ALLOCATE_RESOURCE']);
      assert.deepEqual(await broker.database.query('SELECT 1 FROM key_grants WHERE vm_id = $1', [vm]), []);
      const { body } = await broker.ask('GET', `/api/vcenter/vm/${vm}/storage/policy`);
      assert.equal(body.vm_home, policies.default);
    });

    it('fails clearly when kms is away', async () => {
      const vm = await aVm(broker);
      sealed.close();
      await kms.close();
      const failed = await assign(broker, vm, policies.encryption);
      assert.deepEqual([failed.status, failed.body.error_type], [503, 'SERVICE_UNAVAILABLE']);
      assert.match(failed.body.messages[0].default_message, /^key provider bus: nobody answers for kms/);
    });
  });

  it('refuses key providers on IPv6 alone, twice named, or of no kind', async () => {
    const server = (hostname: string, name = 's') => ({ name, address: { hostname, port: 5696 } });
    const add = (body: object) => broker.ask('POST', providers, { provider: 'x', kind: 'KMIP', ...body });
    for (const hostname of ['::1', '[::1]', 'fe80::1%lo', '2001:db8::1']) {
      const answer = await add({ servers: [server(hostname)] });
      assert.equal(answer.status, 400, hostname);
      assert.match(answer.body.messages[0].default_message, /IPv6 alone/);
    }
    for (const body of [
      {},
      { servers: [] },
      { kind: 'BUS', servers: [server('127.0.0.1')] },
      { servers: [server('127.0.0.1'), server('127.0.0.2')] },
      { provider: '../x', servers: [server('127.0.0.1')] },
      { kind: 'NATIVE' },
    ])
      assert.equal((await add(body)).status, 400, JSON.stringify(body));
    assert.equal((await add({ servers: [server('localhost')] })).status, 201);
    assert.equal((await add({ servers: [server('localhost')] })).body.error_type, 'ALREADY_EXISTS');
    assert.equal((await broker.ask('DELETE', `${providers}/x`)).status, 204);
    assert.equal((await broker.ask('DELETE', `${providers}/x`)).status, 404);
  });

  it('knows its sessions again after a crash', async () => {
    const { body: id } = await broker.send('POST', '/api/session', basic(administrator.name, administrator.password));
    await broker.kill();
    await broker.start();
    assert.equal((await broker.send('GET', '/api/session', { 'vmware-api-session-id': id })).status, 200);
  });
});
