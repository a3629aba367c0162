import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { mayDo } from '../src/privileges.ts';
import { routes } from '../src/routes.ts';
import { sessionIdleMs } from '../src/store/sessions.ts';
import { administrator, basic, noCrypto, startBroker, type TestBroker } from './broker.ts';
import { startHost, type TestHost } from './host.ts';
import type { RestAnswer } from './rest-client.ts';
import { assign, aVm, enrol, newVm, policies, providers } from './steps.ts';

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

const told = ({ body }: RestAnswer): string => body.messages[0].default_message;
const refused = (answer: RestAnswer, status: number, errorType: string, message: RegExp): void => {
  assert.deepEqual([answer.status, answer.body.error_type], [status, errorType], JSON.stringify(answer.body));
  assert.match(told(answer), message);
  assert.deepEqual(Object.keys(answer.body.messages[0]).sort(), ['args', 'default_message', 'id']);
};

describe('sessions', () => {
  const signIn = (name: string, password: string): Promise<RestAnswer> =>
    broker.send('POST', '/api/session', basic(name, password));

  it('begin with user and password and end when told', async () => {
    const { status, body: id } = await signIn(administrator.name, administrator.password);
    assert.equal(status, 201);
    assert.match(id, /^[0-9a-f]{64}$/);
    const header = { 'vmware-api-session-id': id };
    const shown = await broker.send('GET', '/api/session', header);
    assert.equal(shown.body.user, administrator.name);
    assert.ok(Date.parse(shown.body.created_time) <= Date.parse(shown.body.last_accessed_time));
    assert.equal((await broker.send('DELETE', '/api/session', header)).status, 204);
    assert.equal((await broker.send('GET', '/api/session', header)).status, 401);
  });

  it('are not given for a wrong password, nobody’s name or half a header, and all look alike', async () => {
    const answers = [
      await signIn(administrator.name, 'wrong'),
      await signIn(administrator.name, ''),
      await signIn('nobody', administrator.password),
      await signIn(noCrypto.name, administrator.password),
      await signIn(administrator.name, `${administrator.password}x`),
      await signIn('a\0b', 'x'),
      await broker.send('POST', '/api/session', {}),
      await broker.send('POST', '/api/session', { authorization: 'Basic !' }),
      await broker.send('GET', '/api/session', {}),
      await broker.send('GET', '/api/session', { 'vmware-api-session-id': randomBytes(32).toString('hex') }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.body, answers[0]?.body);
    }
  });

  it('are kept by their hash alone, and passwords not at all', async () => {
    const { body: id } = await signIn(administrator.name, administrator.password);
    const [stored, users] = [
      await broker.database.query(`SELECT encode(id_hash, 'hex') AS hash FROM sessions`),
      await broker.database.query(`SELECT encode(password_hash, 'escape') AS hash, name FROM users`),
    ];
    assert.ok(stored.length > 0 && !JSON.stringify(stored).includes(id));
    assert.ok(users.length === 2 && !JSON.stringify(users).includes(administrator.password));
    assert.ok(!broker.output().includes(id) && !broker.output().includes(administrator.password));
  });

  it('end when nobody uses them', async () => {
    const { body: id } = await signIn(administrator.name, administrator.password);
    const age = async (ms: number) =>
      await broker.database.query(
        `UPDATE sessions SET last_accessed_at = now() - make_interval(secs => $1::double precision / 1000)
         WHERE id_hash = sha256($2::text::bytea)`,
        [ms, id],
      );
    await age(sessionIdleMs - 60_000);
    assert.equal((await broker.send('GET', '/api/session', { 'vmware-api-session-id': id })).status, 200);
    await age(sessionIdleMs + 1_000);
    assert.equal((await broker.send('GET', '/api/session', { 'vmware-api-session-id': id })).status, 401);
  });
});

describe('routes', () => {
  const pathOf = (url: string): string => url.replace(/:\w+/g, 'unknown-1');
  const bodies: Record<string, unknown> = {
    'POST /api/kagibako/hosts': { host: 'esx-9', datastore: '/x', public_key: 'x' },
    [`POST ${providers}`]: { provider: 'p', kind: 'BUS' },
    [`PATCH ${providers}/:provider/peer-certs/trusted`]: { certificates: [] },
    'POST /api/kagibako/vm/:vm/inspect': { known_plaintext: '' },
    'POST /api/kagibako/vm/:vm/digest': { disk: '2000', offset: 0, length: 1 },
  };
  const queries: Record<string, string> = { [`POST ${providers}/:provider`]: '?action=set-default' };

  it('all refuse who has no session, before they read a body', async () => {
    for (const { method, url } of routes) {
      const body = method === 'GET' ? undefined : '{';
      assert.equal((await broker.send(method, pathOf(url), {}, body)).status, 401, `${method} ${url}`);
    }
  });

  it('refuse NoCryptoAdmin what needs a privilege of the Cryptographer, and record it', async () => {
    const withheld = routes.filter(({ privilege }) => !mayDo('NoCryptoAdmin', privilege));
    assert.ok(withheld.length >= 10 && withheld.every(({ privilege }) => privilege.startsWith('Cryptographer.')));
    for (const { method, url, privilege } of withheld) {
      const name = `${method} ${url}`;
      const answer = await broker.askAsNoCrypto(method, `${pathOf(url)}${queries[name] ?? ''}`, bodies[name]);
      refused(answer, 403, 'UNAUTHORIZED', new RegExp(privilege));
    }
    const entries = await broker.database.query(`SELECT actor FROM audit WHERE reason = 'Unauthorized'`);
    assert.deepEqual([...new Set(entries.map(({ actor }) => actor))], [noCrypto.name]);
    assert.equal(entries.length, withheld.length);
  });

  it('let NoCryptoAdmin do everything else, but neither encrypt nor decrypt', async () => {
    const vm = await aVm({ ask: broker.askAsNoCrypto });
    for (const policy of [policies.encryption, policies.default])
      refused(await assign({ ...broker, ask: broker.askAsNoCrypto }, vm, policy), 403, 'UNAUTHORIZED', /Cryptographer/);
    const power = `/api/vcenter/vm/${vm}/power`;
    assert.equal((await broker.askAsNoCrypto('POST', `${power}?action=start`)).status, 204);
    assert.equal((await broker.askAsNoCrypto('POST', `${power}?action=stop`)).status, 204);
    assert.equal((await broker.askAsNoCrypto('DELETE', `/api/vcenter/vm/${vm}`)).status, 204);
  });

  it('are described by OpenAPI 3.1', async () => {
    const { body } = await broker.send('GET', '/openapi.json', {});
    assert.equal(body.openapi, '3.1.0');
    for (const { url } of routes) assert.ok(body.paths[url.replace(/:(\w+)/g, '{$1}')], url);
  });
});

describe('hosts', () => {
  it('are enrolled once, listed, revoked, and enrolled anew', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const body = { host: 'esx-7', datastore: '/stores/esx-7', public_key: pem };
    assert.equal((await broker.ask('POST', '/api/kagibako/hosts', body)).status, 201);
    refused(await broker.ask('POST', '/api/kagibako/hosts', body), 409, 'ALREADY_EXISTS', /esx-7/);
    const shown = async () =>
      (await broker.ask('GET', '/api/kagibako/hosts')).body.find(({ host: id }: { host: string }) => id === 'esx-7');
    assert.equal((await shown()).public_key, pem);
    assert.equal((await broker.ask('DELETE', '/api/kagibako/hosts/esx-7')).status, 204);
    assert.equal((await shown()).enrolled, false);
    refused(await broker.ask('DELETE', '/api/kagibako/hosts/esx-7'), 404, 'NOT_FOUND', /esx-7/);
    refused(
      await broker.ask('POST', '/api/vcenter/vm', newVm({ placement: { host: 'esx-7' } })),
      404,
      'NOT_FOUND',
      /esx-7/,
    );
    assert.equal((await broker.ask('POST', '/api/kagibako/hosts', body)).status, 201);
    const listed = (await broker.ask('GET', '/api/vcenter/host')).body;
    assert.deepEqual(
      listed.map((one: { host: string }) => one.host),
      ['esx-1', 'esx-7'],
    );
  });

  it('are identified by an Ed25519 key and nothing else', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const public_key of ['', 'x', String(publicKey.export({ type: 'spki', format: 'pem' }))])
      refused(
        await broker.ask('POST', '/api/kagibako/hosts', { host: 'esx-8', datastore: '/x', public_key }),
        400,
        'INVALID_ARGUMENT',
        /public_key/,
      );
  });
});

describe('VMs', () => {
  it('are created from an image or anew, listed, shown and deleted', async () => {
    const name = 'web server (1)';
    const image = '[esx-1] images/web.vmdk';
    const disks = [{ backing: { type: 'VMDK_FILE', vmdk_file: image } }, { new_vmdk: { capacity: 1024 * 1024 } }];
    const { status, body: vm } = await broker.ask('POST', '/api/vcenter/vm', newVm({ name, disks }));
    assert.equal(status, 201);
    assert.match(vm, /^vm-\d+$/);
    const command = host.received.at(-1);
    assert.deepEqual(command?.body, {
      taskId: command?.id,
      vmId: vm,
      path: `[esx-1] ${name}/${name}.vmx`,
      name,
      guestOs: 'OTHER_64',
      memoryMiB: 16,
      disks: [
        { disk: '2000', sourceImage: image },
        { disk: '2001', capacityBytes: 1024 * 1024 },
      ],
    });
    const shown = (await broker.ask('GET', `/api/vcenter/vm/${vm}`)).body;
    assert.equal(shown.disks['2001'].capacity, 1024 * 1024);
    assert.equal(shown.power_state, 'POWERED_OFF');
    const listed = (await broker.ask('GET', `/api/vcenter/vm?names=${encodeURIComponent(name)}`)).body;
    assert.deepEqual(
      listed.map((one: { vm: string }) => one.vm),
      [vm],
    );
    refused(await broker.ask('POST', '/api/vcenter/vm', newVm({ name })), 400, 'ALREADY_EXISTS', /name/);
    assert.equal((await broker.ask('DELETE', `/api/vcenter/vm/${vm}`)).status, 204);
    refused(await broker.ask('GET', `/api/vcenter/vm/${vm}`), 404, 'NOT_FOUND', new RegExp(vm));
  });

  it('are refused where their names, hosts or disks cannot be', async () => {
    const capacity = 1024 * 1024;
    const wrong = [
      ...['', '.', '..', 'a/b', '../a', ' a', 'a ', 'a\0', 'x'.repeat(81), 'über'].map((name) => ({ name })),
      { guest_OS: 'lower case' },
      { memory: { size_MiB: 1 } },
      ...[0, 511, 513, -512, 1e20].map((bytes) => ({ disks: [{ new_vmdk: { capacity: bytes } }] })),
      { disks: [{}] },
      { disks: [{ new_vmdk: { capacity }, backing: { type: 'VMDK_FILE', vmdk_file: '[esx-1] a/b.vmdk' } }] },
      ...['[esx-2] a/b.vmdk', '[esx-1] ../b.vmdk', '[esx-1] a//b.vmdk', '[esx-1] a/b.vmx', 'a/b.vmdk'].map(
        (vmdk_file) => ({ disks: [{ backing: { type: 'VMDK_FILE', vmdk_file } }] }),
      ),
      { disks: Array.from({ length: 61 }, () => ({ new_vmdk: { capacity } })) },
      { unknown: true },
    ];
    for (const more of wrong)
      refused(await broker.ask('POST', '/api/vcenter/vm', newVm(more)), 400, 'INVALID_ARGUMENT', /./);
    refused(await broker.ask('POST', '/api/vcenter/vm', newVm({ placement: { host: 'no' } })), 404, 'NOT_FOUND', /no/);
    refused(await broker.ask('POST', '/api/vcenter/vm', '{'), 400, 'INVALID_REQUEST', /./);
    assert.deepEqual(await broker.database.query('SELECT id FROM vms WHERE NOT present'), []);
  });

  it('that their host could not make are not there, and their name is free', async () => {
    host.next.push('fail');
    const body = newVm({ name: 'too-big' });
    refused(await broker.ask('POST', '/api/vcenter/vm', body), 500, 'UNABLE_TO_ALLOCATE_RESOURCE', /full/);
    assert.deepEqual((await broker.ask('GET', '/api/vcenter/vm?names=too-big')).body, []);
    assert.equal((await broker.ask('POST', '/api/vcenter/vm', body)).status, 201);
  });

  it('do one thing at a time', async () => {
    const vm = await aVm(broker);
    host.next.push('ignore');
    const first = broker.ask('POST', `/api/vcenter/vm/${vm}/power?action=start`);
    const second = await (async () => {
      while ((await broker.database.query(`SELECT 1 FROM tasks WHERE status = 'RUNNING'`)).length === 0);
      return await broker.ask('DELETE', `/api/vcenter/vm/${vm}`);
    })();
    refused(second, 400, 'RESOURCE_IN_USE', /another task/);
    const [task] = await broker.database.query(`SELECT id FROM tasks WHERE status = 'RUNNING'`);
    await host.tell('vmPoweredOn', { taskId: String(task?.['id']), vmId: vm, hostId: 'esx-1' });
    assert.equal((await first).status, 204);
  });

  it('get no policy that does not exist, nor are found where they are not', async () => {
    const vm = await aVm(broker);
    const unknown = '00000000-0000-4000-8000-000000000000';
    refused(await assign(broker, vm, unknown), 400, 'INVALID_ARGUMENT', new RegExp(`polic.*${unknown}`));
    refused(await assign(broker, 'vm-999999', policies.encryption), 404, 'NOT_FOUND', /vm-999999/);
    refused(await assign(broker, vm, policies.encryption), 400, 'NOT_ALLOWED_IN_CURRENT_STATE', /key provider/);
    refused(await assign(broker, vm, policies.default), 400, 'NOT_ALLOWED_IN_CURRENT_STATE', /not encrypted/);
    const home = { vm_home: { type: 'USE_DEFAULT_POLICY' } };
    const disks = { 2000: { type: 'USE_SPECIFIED_POLICY', policy: policies.encryption } };
    const mixed = await broker.ask('PATCH', `/api/vcenter/vm/${vm}/storage/policy`, { ...home, disks });
    refused(mixed, 400, 'UNSUPPORTED', /same storage policy/);
  });

  it('whose host is away are not inspected, and that is said', async () => {
    const vm = await aVm(broker);
    const answer = await broker.ask('POST', `/api/kagibako/vm/${vm}/digest`, { disk: '2000', offset: 0, length: 512 });
    refused(answer, 503, 'SERVICE_UNAVAILABLE', /esxi-agent/);
  });
});

describe('tasks', () => {
  it('are shown with their end, one by one and as a list', async () => {
    await aVm(broker);
    const list = (await broker.ask('GET', '/api/cis/tasks')).body;
    assert.deepEqual((await broker.ask('POST', '/api/cis/tasks?action=list', {})).body, list);
    const [id, task] = Object.entries<Record<string, unknown>>(list)[0] ?? ['', {}];
    assert.deepEqual((await broker.ask('GET', `/api/cis/tasks/${id}`)).body, task);
    assert.equal(task['status'], 'SUCCEEDED');
    assert.equal(task['user'], administrator.name);
    const failed = (await broker.ask('GET', '/api/cis/tasks?status=FAILED')).body;
    const [one] = Object.values<{ error: { error_type: string } }>(failed);
    assert.equal(one?.error.error_type, 'UNABLE_TO_ALLOCATE_RESOURCE');
    refused(await broker.ask('GET', '/api/cis/tasks/none'), 404, 'NOT_FOUND', /none/);
  });

  it('show their host’s progress', async () => {
    const vm = await aVm(broker);
    host.next.push('ignore');
    const asked = broker.ask('POST', `/api/vcenter/vm/${vm}/power?action=start`);
    const task = await (async () => {
      for (;;) {
        const [row] = await broker.database.query(`SELECT id FROM tasks WHERE status = 'RUNNING'`);
        if (row !== undefined) return String(row['id']);
      }
    })();
    const { publishProgress } = await import('@kagibako/bus/progress');
    const progress = {
      taskId: task,
      vmId: vm,
      hostId: 'esx-1',
      doneBytes: 25,
      totalBytes: 100,
      message: 'half of half',
    };
    for (;;) {
      publishProgress(host.bus, progress);
      const shown = (await broker.ask('GET', `/api/cis/tasks/${task}`)).body.progress;
      if (shown.completed === 0) continue;
      assert.deepEqual([shown.completed, shown.total, shown.message.default_message], [25, 100, 'half of half']);
      break;
    }
    await host.tell('vmPoweredOn', { taskId: task, vmId: vm, hostId: 'esx-1' });
    assert.equal((await asked).status, 204);
  });
});

describe('the audit', () => {
  it('says who did what, with which outcome, from where and in which trace', async () => {
    const vm = await aVm(broker);
    const entries = await broker.database.query(
      'SELECT actor, action, outcome, peer_address, trace_id FROM audit WHERE object_id = $1 ORDER BY seq',
      [vm],
    );
    assert.deepEqual(
      entries.map(({ actor, action, outcome, peer_address: peer }) => ({ actor, action, outcome, peer })),
      [
        { actor: administrator.name, action: 'vm.create', outcome: 'success', peer: '127.0.0.1' },
        { actor: 'host:esx-1', action: 'vm.create', outcome: 'success', peer: 'bus' },
      ],
    );
    for (const { trace_id: traceId } of entries) assert.match(String(traceId), /^[0-9a-f]{32}$/);
  });
});
