import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Create } from '@kagibako/kmip/operations/create';
import { Get } from '@kagibako/kmip/operations/get';
import type { RestServer } from '@kagibako/runtime/http';
import { selfSigned } from '@kagibako/testing/certificates';
import { succeeded } from '../src/audit.ts';
import { createTokenKey } from '../src/key-hierarchy.ts';
import type { Role } from '../src/roles.ts';
import { createRestApi, routes } from '../src/routes.ts';
import { createFirstTokenKey, findApiKey, grantRole, newestTokenKey } from '../src/store/instances.ts';
import { hashApiKey, issueToken } from '../src/tokens.ts';
import { anInstance, clientOf, startKms, type TestKms } from './kms.ts';
import { type RestAnswer, send } from './rest-client.ts';

let kms: TestKms;
let rest: RestServer;
let directory: string;
let ca: string;
let port: number;

before(async () => {
  kms = await startKms();
  directory = await mkdtemp(join(tmpdir(), 'kagibako-rest-'));
  const { certificate, privateKey } = await selfSigned({ commonName: 'kms' });
  ca = certificate;
  const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  await writeFile(tls.certFile, certificate);
  await writeFile(tls.keyFile, privateKey);
  rest = await createRestApi(kms.service, tls);
  await rest.listen({ host: '127.0.0.1', port: 0 });
  const [address] = rest.addresses();
  port = typeof address === 'object' ? address.port : 0;
  await createFirstTokenKey(kms.service.database, await createTokenKey(kms.service.root, randomUUID()));
});

after(async () => {
  await rest.close();
  await kms.stop();
  await rm(directory, { recursive: true, force: true });
});

interface User {
  instanceId: string;
  apiKey: string;
  token: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestAnswer>;
}

const getToken = (apikey: string): Promise<RestAnswer> =>
  send({
    port,
    ca,
    method: 'POST',
    path: '/identity/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }).toString(),
  });

async function aUser(role: Role, instance?: string): Promise<User> {
  const instanceId = instance ?? (await anInstance(kms));
  const apiKey = randomBytes(32).toString('base64url');
  const audit = succeeded(
    { instanceId, actor: 'test', peerAddress: 'test' },
    { action: 'kms.api-key.create', operation: 'test' },
  );
  const grant = { apiKeyId: randomUUID(), hash: hashApiKey(apiKey), instanceId, role };
  await grantRole(kms.service.database, audit, grant);
  const token = String((await getToken(apiKey)).body['access_token']);
  return { instanceId, apiKey, token, ask: askAs(token, instanceId) };
}

function askAs(token: string, instanceId: string): User['ask'] {
  return async (method, path, body, headers = {}) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return await send({
      port,
      ca,
      method,
      path: `/api/v2/${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        'bluemix-instance': instanceId,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
  };
}

const collectionType = (of: string): string => `application/vnd.ibm.kms.${of}+json`;
const one = (of: string, resource: object) => ({
  metadata: { collectionType: collectionType(of), collectionTotal: 1 },
  resources: [resource],
});
const newKey = (name = 'crk') => one('key', { type: collectionType('key'), name, extractable: false });
const newAdapter = (crk_id: string, name?: string) =>
  one('kmip_adapter', { ...(name === undefined ? {} : { name }), profile: 'native_1.0', profile_data: { crk_id } });
const newCertificate = (certificate: string, name?: string) =>
  one('kmip_client_certificate', { ...(name === undefined ? {} : { name }), certificate });
const firstOf = ({ body }: RestAnswer): Record<string, unknown> => body.resources[0] ?? {};
const idOf = (answer: RestAnswer): string => String(firstOf(answer)['id']);
const reasonOf = (answer: RestAnswer): unknown =>
  (firstOf(answer)['reasons'] as Record<string, unknown>[] | undefined)?.[0]?.['code'];

const aKey = async (user: User): Promise<string> => idOf(await user.ask('POST', 'keys', newKey()));
const anAdapter = async (user: User): Promise<string> =>
  idOf(await user.ask('POST', 'kmip_adapters', newAdapter(await aKey(user))));

describe('tokens', () => {
  it('gives an API key a bearer token for one hour', async () => {
    const { apiKey } = await aUser('Manager');
    const { status, body } = await getToken(apiKey);
    assert.equal(status, 200);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal(body['expires_in'], 3600);
    const claims = JSON.parse(Buffer.from(String(body['access_token']).split('.')[1] ?? '', 'base64url').toString());
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal(body['expiration'], claims.exp);
  });

  it('tells an unknown API key so, as IAM does', async () => {
    const { status, body } = await getToken('nobody’s');
    assert.equal(status, 400);
    assert.equal(body['errorCode'], 'BXNIM0415E');
    assert.equal((await send({ port, ca, method: 'POST', path: '/identity/token' })).status, 400);
  });

  it('refuses a token that is missing, forged, expired, from the future or unsigned, always alike', async () => {
    const { token, instanceId, apiKey } = await aUser('Manager');
    const { database, root } = kms.service;
    const tokenKey = await newestTokenKey(database);
    const apiKeyId = await findApiKey(database, hashApiKey(apiKey));
    assert.ok(tokenKey !== undefined && apiKeyId !== undefined);
    const issuedAt = async (ms: number): Promise<string> =>
      (await issueToken(root, tokenKey, apiKeyId, new Date(ms))).token;
    const [header = '', claims = '', signature = ''] = token.split('.');
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const other = await createTokenKey(root, tokenKey.id);
    const tokens = [
      '',
      'x.y.z',
      `${header}.${claims}.`,
      `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
      `${header}.${encode({ ...decoded, exp: decoded.exp + 1 })}.${signature}`,
      `${encode({ alg: 'none', typ: 'JWT', kid: tokenKey.id })}.${claims}.`,
      (await issueToken(root, other, apiKeyId, new Date())).token,
      await issuedAt(Date.now() - 3_601_000),
      await issuedAt(Date.now() + 120_000),
    ];
    for (const forged of tokens) {
      const answer = await askAs(forged, instanceId)('GET', 'keys');
      assert.equal(answer.status, 401, forged);
      assert.deepEqual(answer.body.resources, [
        { errorMsg: 'Unauthorized: The user does not have access to the specified resource' },
      ]);
    }
    assert.equal((await askAs(token, instanceId)('GET', 'keys')).status, 200);
  });

  it('lets a token into the instances of its API key alone, and a foreign one looks like none', async () => {
    const [mine, theirs] = [await aUser('Manager'), await aUser('Manager')];
    for (const instance of [theirs.instanceId, randomUUID()]) {
      const answer = await askAs(mine.token, instance)('GET', 'keys');
      assert.equal(answer.status, 401);
    }
    assert.equal((await askAs(mine.token, 'no uuid')('GET', 'keys')).status, 400);
  });

  it('takes a token’s rights away with its API key’s, at once', async () => {
    const { ask, instanceId } = await aUser('Manager');
    assert.equal((await ask('GET', 'keys')).status, 200);
    await kms.database.query('DELETE FROM api_key_roles WHERE instance_id = $1', [instanceId]);
    assert.equal((await ask('GET', 'keys')).status, 401);
  });
});

describe('routes', () => {
  it('every route refuses a request without a token', async () => {
    for (const { method, url } of routes) {
      const path = url.replace(/:\w+/g, () => randomUUID());
      const body = method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: '{' } : {};
      const answer = await send({ port, ca, method, path, ...body });
      assert.equal(answer.status, 401, `${method} ${path}`);
    }
  });

  it('every route asks for a role that its table names', async () => {
    const instanceId = await anInstance(kms);
    const reader = await aUser('Reader', instanceId);
    const bodies: Record<string, unknown> = {
      '/api/v2/keys': newKey(),
      '/api/v2/kmip_adapters': newAdapter(randomUUID()),
      '/api/v2/kmip_adapters/:adapter/certificates': newCertificate(
        (await selfSigned({ commonName: 'c' })).certificate,
      ),
    };
    for (const { method, url, roles } of routes) {
      const path = url.replace('/api/v2/', '').replace(/:\w+/g, () => randomUUID());
      const answer = await reader.ask(method, path, method === 'POST' ? bodies[url] : undefined);
      if (roles.includes('Reader')) assert.ok([200, 404].includes(answer.status), `${method} ${url}: ${answer.status}`);
      else assert.equal(answer.status, 403, `${method} ${url}`);
    }
    const entries = await kms.database.query(
      `SELECT count(*)::integer AS count FROM audit WHERE instance_id = $1 AND reason = 'Unauthorized'`,
      [instanceId],
    );
    assert.equal(entries[0]?.['count'], routes.filter(({ roles }) => !roles.includes('Reader')).length);
  });

  it('is described by OpenAPI 3.1', async () => {
    const { body } = await send({ port, ca, method: 'GET', path: '/openapi.json' });
    assert.equal(body['openapi'], '3.1.0');
    const paths = Object.keys(Object(body['paths']));
    for (const { url } of routes) assert.ok(paths.includes(url.replace(/:(\w+)/g, '{$1}')), url);
  });

  it('echoes the caller’s correlation id, or makes one, and the audit has it', async () => {
    const { ask } = await aUser('Manager');
    const given = randomUUID();
    const answer = await ask('POST', 'keys', newKey(), { 'correlation-id': given });
    assert.equal(answer.headers['correlation-id'], given);
    const [entry] = await kms.database.query('SELECT request_id FROM audit WHERE object_id = $1', [idOf(answer)]);
    assert.equal(entry?.['request_id'], given);
    assert.match(String((await ask('GET', 'keys')).headers['correlation-id']), /^[0-9a-f-]{36}$/);
  });
});

describe('keys', () => {
  it('makes a root key and shows it as Key Protect does', async () => {
    const { ask, instanceId } = await aUser('Manager');
    const made = await ask('POST', 'keys', newKey('my root key'));
    assert.equal(made.status, 201);
    assert.deepEqual(made.body.metadata, { collectionType: collectionType('key'), collectionTotal: 1 });
    const key = firstOf(made);
    assert.equal(key['state'], 1);
    assert.equal(key['extractable'], false);
    assert.equal(key['keyRingID'], 'default');
    assert.match(String(key['crn']), new RegExp(`^crn:v1:.*:${instanceId}:key:${key['id']}$`));
    assert.ok(!('payload' in key));
    assert.deepEqual(firstOf(await ask('GET', `keys/${key['id']}/metadata`)), key);
  });

  it('lists them, newest first, in pages', async () => {
    const user = await aUser('Manager');
    const ids = [await aKey(user), await aKey(user), await aKey(user)];
    const listed = await user.ask('GET', 'keys');
    assert.deepEqual(
      listed.body.resources.map(({ id }) => id),
      ids.toReversed(),
    );
    const page = await user.ask('GET', 'keys?limit=1&offset=1');
    assert.deepEqual(
      page.body.resources.map(({ id }) => id),
      [ids[1]],
    );
    assert.equal((await user.ask('GET', 'keys?limit=5001')).status, 400);
    assert.deepEqual((await user.ask('GET', 'keys?state=5')).body.resources, []);
  });

  it('does not show another instance’s key', async () => {
    const id = await aKey(await aUser('Manager'));
    const { ask } = await aUser('Manager');
    const answer = await ask('GET', `keys/${id}/metadata`);
    assert.equal(answer.status, 404);
    assert.equal(reasonOf(answer), 'KEY_NOT_FOUND_ERR');
    assert.deepEqual((await ask('GET', `keys/${randomUUID()}/metadata`)).body, answer.body);
  });

  it('refuses what it cannot do or read, in Key Protect’s shape', async () => {
    const { ask } = await aUser('Manager');
    const bodies = [
      one('key', { name: 'standard', extractable: true }),
      one('key', { name: 'n', extractable: false }),
      one('key', { name: 'nul \0', extractable: false }),
      one('key', { name: 'unknown', extractable: false, unknown: 1 }),
      { ...newKey(), metadata: { collectionType: collectionType('key'), collectionTotal: 2 } },
      { metadata: newKey().metadata, resources: [] },
      {},
      undefined,
    ];
    for (const body of bodies) {
      const answer = await ask('POST', 'keys', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(answer.body.metadata['collectionType'], collectionType('error'));
      assert.match(String(firstOf(answer)['errorMsg']), /^Bad Request: .*Please see `reasons` for more details/);
    }
  });
});

describe('KMIP adapters', () => {
  it('makes, shows by id and name, lists and removes an adapter', async () => {
    const user = await aUser('Manager');
    const crk = await aKey(user);
    const made = await user.ask('POST', 'kmip_adapters', newAdapter(crk, 'my-adapter'));
    assert.equal(made.status, 201);
    const adapter = firstOf(made);
    assert.deepEqual(adapter['profile_data'], { crk_id: crk });
    assert.deepEqual(firstOf(await user.ask('GET', 'kmip_adapters/my-adapter')), adapter);
    assert.deepEqual(firstOf(await user.ask('GET', `kmip_adapters/${adapter['id']}`)), adapter);
    const listed = await user.ask('GET', `kmip_adapters?crk_id=${crk}&totalCount=true&limit=1`);
    assert.deepEqual(listed.body.resources, [adapter]);
    assert.equal(listed.body.metadata['totalCount'], 1);
    assert.equal((await user.ask('DELETE', 'kmip_adapters/my-adapter')).status, 204);
    assert.equal((await user.ask('GET', 'kmip_adapters/my-adapter')).status, 404);
  });

  it('gives a name where none is given, and each name once', async () => {
    const user = await aUser('Manager');
    const crk = await aKey(user);
    assert.match(String(firstOf(await user.ask('POST', 'kmip_adapters', newAdapter(crk)))['name']), /^kmip_adapter_/);
    assert.equal((await user.ask('POST', 'kmip_adapters', newAdapter(crk, 'twice'))).status, 201);
    assert.equal((await user.ask('POST', 'kmip_adapters', newAdapter(crk, 'twice'))).status, 409);
    for (const name of [randomUUID(), 'a', 'with space', '../..', 'x'.repeat(41)])
      assert.equal((await user.ask('POST', 'kmip_adapters', newAdapter(crk, name))).status, 400, name);
  });

  it('needs a root key of its own instance that is active', async () => {
    const user = await aUser('Manager');
    const theirs = await aKey(await aUser('Manager'));
    assert.equal((await user.ask('POST', 'kmip_adapters', newAdapter(theirs))).status, 404);
    const suspended = await aKey(user);
    await kms.database.query('UPDATE crks SET state = 2 WHERE id = $1', [suspended]);
    const answer = await user.ask('POST', 'kmip_adapters', newAdapter(suspended));
    assert.equal(answer.status, 409);
    assert.equal(reasonOf(answer), 'KEY_INVALID_STATE_ERR');
  });

  it('keeps an instance from more adapters than it may have', async () => {
    const user = await aUser('Manager');
    const crk = await aKey(user);
    await kms.database.query(
      `INSERT INTO kmip_adapters (id, instance_id, crk_id, name, profile, created_by)
       SELECT gen_random_uuid(), $1, $2, 'adapter-' || n, 'native_1.0', 'test' FROM generate_series(1, 200) n`,
      [user.instanceId, crk],
    );
    assert.equal((await user.ask('POST', 'kmip_adapters', newAdapter(crk))).status, 409);
  });

  it('registers a certificate, which is a client from then on until it is removed, and its objects hold the adapter', async () => {
    const user = await aUser('Manager');
    const adapter = await anAdapter(user);
    const { certificate } = await selfSigned({ commonName: 'vcenter' });
    const made = await user.ask(
      'POST',
      `kmip_adapters/${adapter}/certificates`,
      newCertificate(certificate, 'vcenter'),
    );
    assert.equal(made.status, 201);
    assert.ok(!('certificate' in firstOf(made)));
    const shown = firstOf(await user.ask('GET', `kmip_adapters/${adapter}/certificates/vcenter`));
    assert.equal(String(shown['certificate']).trim(), certificate.trim());
    const [row] = await kms.database.query('SELECT fingerprint FROM client_certificates WHERE id = $1', [idOf(made)]);
    const client = clientOf(kms, {
      fingerprint: String(row?.['fingerprint']),
      certificateId: idOf(made),
      pem: certificate,
    });
    const attribute = [
      { name: 'Cryptographic Algorithm' as const, value: 'AES' as const },
      { name: 'Cryptographic Usage Mask' as const, value: 12 },
    ];
    const key = await client.call(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } });

    const object = firstOf(await user.ask('GET', `kmip_adapters/${adapter}/kmip_objects/${key.uniqueIdentifier}`));
    assert.equal(object['kmip_object_type'], 2);
    assert.equal(object['state'], 1);
    assert.equal(object['created_by_kmip_client_cert_id'], idOf(made));
    const listed = await user.ask('GET', `kmip_adapters/${adapter}/kmip_objects?state=1,2&totalCount=true`);
    assert.deepEqual(listed.body.resources, [object]);
    assert.deepEqual((await user.ask('GET', `kmip_adapters/${adapter}/kmip_objects?state=2`)).body.resources, []);

    const held = await user.ask('DELETE', `kmip_adapters/${adapter}`);
    assert.equal(held.status, 409);
    assert.equal(reasonOf(held), 'PROTECTED_RESOURCE_ERR');
    assert.equal((await user.ask('DELETE', `kmip_adapters/${adapter}/certificates/vcenter`)).status, 204);
    assert.equal(await client.refused(Get, { uniqueIdentifier: key.uniqueIdentifier }), 'AuthenticationNotSuccessful');
  });

  it('takes a certificate once in all its region', async () => {
    const user = await aUser('Manager');
    const adapter = await anAdapter(user);
    const { certificate } = await selfSigned({ commonName: 'one client' });
    const register = (by: User, at: string) =>
      by.ask('POST', `kmip_adapters/${at}/certificates`, newCertificate(certificate));
    assert.equal((await register(user, adapter)).status, 201);
    assert.equal((await register(user, adapter)).status, 409);
    const elsewhere = await aUser('Manager');
    assert.equal((await register(elsewhere, await anAdapter(elsewhere))).status, 409);
  });

  it('refuses what is no certificate', async () => {
    const user = await aUser('Manager');
    const adapter = await anAdapter(user);
    const { certificate, privateKey } = await selfSigned({ commonName: 'c' });
    const inside = 'TUlJ'.repeat(20);
    for (const wrong of [
      '',
      'text',
      privateKey,
      `-----BEGIN CERTIFICATE-----\n${inside}\n-----END CERTIFICATE-----\n`,
      `${certificate}${certificate}`,
      'A'.repeat(20_000),
    ])
      assert.equal(
        (await user.ask('POST', `kmip_adapters/${adapter}/certificates`, newCertificate(wrong))).status,
        400,
      );
  });

  it('does not show another instance’s adapter, certificates or objects', async () => {
    const adapter = await anAdapter(await aUser('Manager'));
    const stranger = await aUser('Manager');
    for (const path of [
      '',
      '/certificates',
      '/kmip_objects',
      `/certificates/${randomUUID()}`,
      `/kmip_objects/${randomUUID()}`,
    ])
      assert.equal((await stranger.ask('GET', `kmip_adapters/${adapter}${path}`)).status, 404, path);
    assert.equal((await stranger.ask('DELETE', `kmip_adapters/${adapter}`)).status, 404);
  });
});
