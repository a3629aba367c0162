import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Attribute } from '@kagibako/kmip/attribute';
import { decodeResponseMessage, encodeRequestMessage } from '@kagibako/kmip/message';
import { Activate } from '@kagibako/kmip/operations/activate';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { Create } from '@kagibako/kmip/operations/create';
import { Destroy } from '@kagibako/kmip/operations/destroy';
import { DiscoverVersions } from '@kagibako/kmip/operations/discover-versions';
import { Get } from '@kagibako/kmip/operations/get';
import { GetAttributeList } from '@kagibako/kmip/operations/get-attribute-list';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { Locate } from '@kagibako/kmip/operations/locate';
import { Query } from '@kagibako/kmip/operations/query';
import { Revoke } from '@kagibako/kmip/operations/revoke';
import { tags } from '@kagibako/kmip/tags';
import { ItemType } from '@kagibako/kmip/ttlv';
import { supportedVersions } from '@kagibako/kmip/version';
import { answeredOperations } from '../src/operations.ts';
import {
  aClient,
  anAdapter,
  anItem,
  clientOf,
  startKms,
  type TestAdapter,
  type TestClient,
  type TestKms,
} from './kms.ts';

const vcenterKey: readonly Attribute[] = [
  { name: 'Cryptographic Algorithm', value: 'AES' },
  { name: 'Cryptographic Usage Mask', value: 12 },
  { name: 'Cryptographic Length', value: 256 },
];
const text = (value: string) => ({ type: 'TextString' as const, value });
const compromised = { revocationReason: { revocationReasonCode: 'KeyCompromise' as const } };
const superseded = { revocationReason: { revocationReasonCode: 'Superseded' as const } };

describe('KMIP operations', () => {
  let kms: TestKms;
  let adapter: TestAdapter;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    adapter = await anAdapter(kms);
    client = await aClient(kms, adapter);
  });
  after(() => kms.stop());

  const aKey = async (more: readonly Attribute[] = [], by = client): Promise<string> => {
    const templateAttribute = { attribute: [...vcenterKey, ...more] };
    return (await by.call(Create, { objectType: 'SymmetricKey', templateAttribute })).uniqueIdentifier;
  };
  const refusedKey = (attribute: readonly Attribute[], by = client): Promise<string> =>
    by.refused(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } });
  const stateOf = async (uniqueIdentifier: string): Promise<unknown> =>
    (await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['State'] })).attribute[0]?.value;
  const materialOf = async (uniqueIdentifier: string, by = client): Promise<Uint8Array> => {
    const { symmetricKey } = await by.call(Get, { uniqueIdentifier });
    return symmetricKey?.keyBlock.keyValue?.keyMaterial ?? new Uint8Array();
  };
  const auditOf = (objectId: string) =>
    kms.database.query('SELECT * FROM audit WHERE object_id = $1 ORDER BY seq', [objectId]);

  it('does what vCenter asks, in vCenter’s order and version', async () => {
    const version = [1, 1] as const;
    const { protocolVersion } = await client.call(DiscoverVersions, {}, version);
    assert.deepEqual(protocolVersion, supportedVersions);
    const server = await client.call(Query, { queryFunction: ['QueryServerInformation'] }, version);
    assert.equal(server.vendorIdentification, 'Kagibako');
    const uniqueIdentifier = await aKey();
    for (const name of ['x-Product_Version', 'x-Vendor', 'x-Product']) {
      const unset = await client.call(GetAttributes, { uniqueIdentifier, attributeName: [name] }, version);
      assert.deepEqual(unset, { uniqueIdentifier, attribute: [] });
    }
    const added = await client.batch({
      version,
      items: ['x-Product_Version', 'x-Vendor', 'x-Product'].map((name, at) =>
        anItem(
          AddAttribute,
          { uniqueIdentifier, attribute: { name: name as 'x-', value: text(`value ${at}`) } },
          version,
          Uint8Array.of(0x51, 0x4c, 0x4b, 0x43, at + 1, 0, 0, 0),
        ),
      ),
    });
    assert.deepEqual(
      added.map(({ resultStatus, uniqueBatchItemId }) => [resultStatus, uniqueBatchItemId?.[4]]),
      [
        ['Success', 1],
        ['Success', 2],
        ['Success', 3],
      ],
    );
    const got = await client.call(Get, { uniqueIdentifier }, version);
    assert.equal(got.symmetricKey?.keyBlock.keyFormatType, 'Raw');
    assert.equal(got.symmetricKey?.keyBlock.keyValue?.keyMaterial.length, 32);
    assert.equal(got.symmetricKey?.keyBlock.cryptographicLength, 256);
    assert.equal(await stateOf(uniqueIdentifier), 'PreActive');
    await client.call(Activate, { uniqueIdentifier }, version);
    assert.equal(await stateOf(uniqueIdentifier), 'Active');
    assert.equal(await client.refused(Activate, { uniqueIdentifier }, version), 'PermissionDenied');
  });

  it('gives the same material at every Get, and different material to every key', async () => {
    const [one, other] = [await aKey(), await aKey()];
    assert.deepEqual(await materialOf(one), await materialOf(one));
    assert.notDeepEqual(await materialOf(one), await materialOf(other));
  });

  it('makes keys of the length asked for, 256 bits unless asked', async () => {
    for (const length of [128, 192, 256]) {
      const attribute = [...vcenterKey.slice(0, 2), { name: 'Cryptographic Length' as const, value: length }];
      const made = await client.call(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } });
      assert.equal((await materialOf(made.uniqueIdentifier)).length, length / 8);
    }
    const templateAttribute = { attribute: vcenterKey.slice(0, 2) };
    const made = await client.call(Create, { objectType: 'SymmetricKey', templateAttribute });
    assert.equal((await materialOf(made.uniqueIdentifier)).length, 32);
  });

  it('refuses a Create that it cannot do, with an Invalid Field', async () => {
    const [algorithm, mask, length] = vcenterKey;
    assert.ok(algorithm && mask && length);
    assert.equal(await refusedKey([mask, length]), 'InvalidField');
    assert.equal(await refusedKey([algorithm, length]), 'InvalidField');
    assert.equal(
      await refusedKey([...vcenterKey.slice(0, 2), { name: 'Cryptographic Length', value: 255 }]),
      'InvalidField',
    );
    assert.equal(await refusedKey([...vcenterKey, { name: 'State', value: 'Active' }]), 'InvalidField');
    assert.equal(await refusedKey([...vcenterKey, algorithm]), 'InvalidField');
    assert.equal(await refusedKey([...vcenterKey, { name: 'y-Server', value: text('mine') }]), 'InvalidField');
    assert.equal(await refusedKey([...vcenterKey, { name: `x-${'n'.repeat(300)}`, value: text('v') }]), 'InvalidField');
    assert.equal(await refusedKey([...vcenterKey, { name: 'x-\0', value: text('v') }]), 'InvalidField');
    const templateAttribute = { attribute: vcenterKey };
    assert.equal(await client.refused(Create, { objectType: 'SecretData', templateAttribute }), 'InvalidField');
  });

  it('makes an object Active at once when its Activation Date has come, else Pre-Active', async () => {
    const past = new Date('2020-01-01T00:00:00Z');
    assert.equal(await stateOf(await aKey([{ name: 'Activation Date', value: past }])), 'Active');
    const future = new Date(Date.now() + 3_600_000);
    assert.equal(await stateOf(await aKey([{ name: 'Activation Date', value: future }])), 'PreActive');
  });

  it('moves objects by the state table, with the dates', async () => {
    const uniqueIdentifier = await aKey();
    await client.call(Activate, { uniqueIdentifier });
    assert.equal(await client.refused(Destroy, { uniqueIdentifier }), 'PermissionDenied');
    await client.call(Revoke, { uniqueIdentifier, ...superseded });
    assert.equal(await stateOf(uniqueIdentifier), 'Deactivated');
    assert.equal(await client.refused(Revoke, { uniqueIdentifier, ...superseded }), 'PermissionDenied');
    await client.call(Revoke, { uniqueIdentifier, ...compromised });
    assert.equal(await stateOf(uniqueIdentifier), 'Compromised');
    await client.call(Destroy, { uniqueIdentifier });
    assert.equal(await stateOf(uniqueIdentifier), 'DestroyedCompromised');
    const { attributeName } = await client.call(GetAttributeList, { uniqueIdentifier });
    for (const name of ['Activation Date', 'Deactivation Date', 'Compromise Date', 'Destroy Date', 'Revocation Reason'])
      assert.ok(attributeName.includes(name), name);
  });

  it('destroys material for good and keeps the attributes', async () => {
    const uniqueIdentifier = await aKey([{ name: 'x-Kept', value: text('yes') }]);
    await client.call(Destroy, { uniqueIdentifier });
    assert.equal(await client.refused(Get, { uniqueIdentifier }), 'IllegalOperation');
    assert.equal(await client.refused(Destroy, { uniqueIdentifier }), 'PermissionDenied');
    const kept = await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['x-Kept', 'State'] });
    assert.deepEqual(
      kept.attribute.map(({ value }) => value),
      ['Destroyed', text('yes')],
    );
    const rows = await kms.database.query('SELECT 1 FROM object_materials WHERE object_id = $1', [uniqueIdentifier]);
    assert.equal(rows.length, 0);
  });

  it('leaves the stored material byte for byte the same when attributes and states change', async () => {
    const uniqueIdentifier = await aKey();
    const stored = () =>
      kms.database.query('SELECT *, xmin::text FROM object_materials WHERE object_id = $1', [uniqueIdentifier]);
    const first = await stored();
    await client.call(AddAttribute, { uniqueIdentifier, attribute: { name: 'x-One', value: text('1') } });
    await client.call(Activate, { uniqueIdentifier });
    await client.call(Revoke, { uniqueIdentifier, ...superseded });
    assert.deepEqual(await stored(), first);
  });

  it('adds attributes by their rules', async () => {
    const uniqueIdentifier = await aKey();
    const add = (attribute: Attribute) => client.refused(AddAttribute, { uniqueIdentifier, attribute });
    assert.equal(await add({ name: 'State', value: 'Active' }), 'PermissionDenied');
    assert.equal(await add({ name: 'y-Server', value: text('mine') }), 'PermissionDenied');
    assert.equal(await add({ name: 'Cryptographic Length', value: 128 }), 'IllegalOperation');
    assert.equal(await add({ name: 'x-Indexed', index: 1, value: text('v') }), 'InvalidField');
    for (const at of [0, 1, 2]) {
      const attribute = { name: 'x-Many' as const, value: text(`value ${at}`) };
      const added = await client.call(AddAttribute, { uniqueIdentifier, attribute });
      assert.deepEqual(added.attribute, at === 0 ? attribute : { ...attribute, index: at });
    }
    const { attribute } = await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['x-Many'] });
    assert.deepEqual(
      attribute.map(({ index }) => index ?? 0),
      [0, 1, 2],
    );
    await client.call(AddAttribute, { uniqueIdentifier, attribute: { name: 'Contact Information', value: 'me' } });
    assert.equal(await add({ name: 'Contact Information', value: 'you' }), 'IllegalOperation');
  });

  it('brings an object to the state that an added date asks for', async () => {
    const uniqueIdentifier = await aKey();
    const attribute = { name: 'Activation Date' as const, value: new Date('2020-01-01T00:00:00Z') };
    await client.call(AddAttribute, { uniqueIdentifier, attribute });
    assert.equal(await stateOf(uniqueIdentifier), 'Active');
    assert.equal(await client.refused(AddAttribute, { uniqueIdentifier, attribute }), 'IllegalOperation');
  });

  it('keeps a custom attribute of every type', async () => {
    const values = [
      text('a “text” \u{1f511}'),
      { type: 'Integer', value: -5 },
      { type: 'LongInteger', value: 2n ** 62n },
      { type: 'BigInteger', value: -(2n ** 100n) },
      { type: 'Enumeration', value: 0x80000001 },
      { type: 'Boolean', value: true },
      { type: 'ByteString', value: Uint8Array.of(0, 255) },
      { type: 'DateTime', value: new Date('2026-01-02T03:04:05Z') },
      { type: 'Interval', value: 4_294_967_295 },
    ] as const;
    const given = values.map((value, at) => ({ name: `x-${at}` as const, value }));
    const uniqueIdentifier = await aKey(given);
    const attributeName = given.map(({ name }) => name);
    const { attribute } = await client.call(GetAttributes, { uniqueIdentifier, attributeName });
    assert.deepEqual(attribute, given);
    for (const one of given) {
      const found = await client.call(Locate, { attribute: [one] });
      assert.deepEqual(found.uniqueIdentifier, [uniqueIdentifier], one.name);
    }
  });

  it('gives a Name to one object of an adapter only', async () => {
    const name: Attribute = { name: 'Name', value: { nameValue: 'only one', nameType: 'UninterpretedTextString' } };
    await aKey([name]);
    assert.equal(await refusedKey([...vcenterKey, name]), 'InvalidField');
    assert.equal(
      await client.refused(AddAttribute, { uniqueIdentifier: await aKey(), attribute: name }),
      'IllegalOperation',
    );
    const elsewhere = await aClient(kms, await anAdapter(kms));
    await aKey([name], elsewhere);
  });

  it('returns a key as Raw and nothing else, and not one that must stay', async () => {
    const uniqueIdentifier = await aKey();
    assert.equal(await client.refused(Get, { uniqueIdentifier, keyFormatType: 'PKCS_8' }), 'KeyFormatTypeNotSupported');
    const compressed = { uniqueIdentifier, keyCompressionType: 'ECPublicKeyTypeUncompressed' as const };
    assert.equal(await client.refused(Get, compressed), 'KeyCompressionTypeNotSupported');
    const sensitive = await aKey([{ name: 'Sensitive', value: true }]);
    assert.equal(await client.refused(Get, { uniqueIdentifier: sensitive }), 'Sensitive');
    const fixed = await aKey([{ name: 'Extractable', value: false }]);
    assert.equal(await client.refused(Get, { uniqueIdentifier: fixed }), 'NotExtractable');
  });

  it('finds objects by attributes, newest first, and pages through them', async () => {
    const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
    const ids = [await aKey([mark]), await aKey([mark]), await aKey([mark])];
    await client.call(Activate, { uniqueIdentifier: ids[0] });
    const located = await client.call(Locate, { attribute: [mark] });
    assert.equal(located.locatedItems, 3);
    assert.deepEqual(located.uniqueIdentifier, ids.toReversed());
    const active = await client.call(Locate, { attribute: [mark, { name: 'State', value: 'Active' }] });
    assert.deepEqual(active.uniqueIdentifier, [ids[0]]);
    const page = await client.call(Locate, { attribute: [mark], maximumItems: 1, offsetItems: 1 });
    assert.equal(page.locatedItems, 3);
    assert.deepEqual(page.uniqueIdentifier, [located.uniqueIdentifier[1]]);
    const beyond = await client.call(Locate, { attribute: [mark], offsetItems: 9 });
    assert.deepEqual(beyond, { locatedItems: 3, uniqueIdentifier: [] });
    const none = await client.call(Locate, { attribute: [{ name: 'x-Mark', value: text('none') }] });
    assert.deepEqual(none, { locatedItems: 0, uniqueIdentifier: [] });
  });

  it('finds objects by masks, by dates and ranges of dates, and by type', async () => {
    const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
    const activation = new Date('2021-06-01T00:00:00Z');
    const uniqueIdentifier = await aKey([mark, { name: 'Activation Date', value: activation }]);
    const finds = async (...attribute: Attribute[]): Promise<boolean> =>
      (await client.call(Locate, { attribute: [mark, ...attribute] })).uniqueIdentifier.includes(uniqueIdentifier);
    const on = (day: string): Attribute => ({ name: 'Activation Date', value: new Date(`${day}T00:00:00Z`) });
    assert.ok(await finds({ name: 'Cryptographic Usage Mask', value: 4 }));
    assert.ok(!(await finds({ name: 'Cryptographic Usage Mask', value: 1 })));
    assert.ok(await finds(on('2021-06-01')));
    assert.ok(!(await finds(on('2021-06-02'))));
    assert.ok(await finds(on('2021-01-01'), on('2021-12-31')));
    assert.ok(await finds(on('2021-12-31'), on('2021-06-01')));
    assert.ok(!(await finds(on('2021-06-02'), on('2021-12-31'))));
    assert.ok(await finds({ name: 'Object Type', value: 'SymmetricKey' }));
    assert.ok(!(await finds({ name: 'Object Type', value: 'SecretData' })));
    assert.ok(await finds({ name: 'Unique Identifier', value: uniqueIdentifier }));
    assert.ok(await finds({ name: 'Cryptographic Algorithm', value: 'AES' }));
  });

  it('refuses to search for an attribute that does not exist, rather than pass over it', async () => {
    const items = [anItem(Locate, { attribute: [{ name: 'x-Stand-in', value: text('v') }] })];
    const message = encodeRequestMessage({ version: [1, 4], items });
    const at = Buffer.from(message).indexOf('x-Stand-in');
    message.set(new TextEncoder().encode('No-StandIn'), at);
    const [item] = decodeResponseMessage(await client.send(message)).batchItems;
    assert.ok(item && 'resultReason' in item.result);
    assert.equal(item.result.resultReason, 'InvalidField');
    assert.equal(await client.refused(Locate, { attribute: [{ name: 'x-\0', value: text('v') }] }), 'InvalidField');
    assert.equal(await client.refused(Locate, { attribute: [], maximumItems: -1 }), 'InvalidField');
  });

  it('hides what belongs to another adapter, as if it had never been', async () => {
    const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
    const uniqueIdentifier = await aKey([mark]);
    const stranger = await aClient(kms, await anAdapter(kms, adapter.instanceId));
    for (const id of [uniqueIdentifier, randomUUID(), 'no uuid at all', '', "'; DROP TABLE audit; --", '\0'])
      for (const refused of [
        stranger.refused(Get, { uniqueIdentifier: id }),
        stranger.refused(GetAttributes, { uniqueIdentifier: id }),
        stranger.refused(GetAttributeList, { uniqueIdentifier: id }),
        stranger.refused(AddAttribute, { uniqueIdentifier: id, attribute: mark }),
        stranger.refused(Activate, { uniqueIdentifier: id }),
        stranger.refused(Revoke, { uniqueIdentifier: id, ...compromised }),
        stranger.refused(Destroy, { uniqueIdentifier: id }),
      ])
        assert.equal(await refused, 'ItemNotFound');
    assert.deepEqual((await stranger.call(Locate, { attribute: [mark] })).uniqueIdentifier, []);
    assert.deepEqual(await stranger.call(Locate, {}), { locatedItems: 0, uniqueIdentifier: [] });
    const byState = await stranger.call(Locate, { attribute: [{ name: 'State', value: 'PreActive' }] });
    assert.equal(byState.locatedItems, 0);
    assert.equal(await stateOf(uniqueIdentifier), 'PreActive');
  });

  it('lets every certificate of an adapter reach its objects', async () => {
    const uniqueIdentifier = await aKey();
    const second = await aClient(kms, adapter);
    assert.deepEqual(await materialOf(uniqueIdentifier, second), await materialOf(uniqueIdentifier));
  });

  it('tells an unknown certificate nothing but that it is unknown', async () => {
    const nobody = clientOf(kms, { fingerprint: randomBytes(32).toString('hex'), certificateId: '', pem: '' });
    assert.equal(await nobody.refused(DiscoverVersions, {}), 'AuthenticationNotSuccessful');
    assert.equal(await nobody.refused(Query, { queryFunction: ['QueryOperations'] }), 'AuthenticationNotSuccessful');
    assert.equal(await refusedKey(vcenterKey, nobody), 'AuthenticationNotSuccessful');
    assert.equal(await nobody.refused(Get, { uniqueIdentifier: randomUUID() }), 'AuthenticationNotSuccessful');
  });

  it('knows a certificate from the moment it is registered until the moment it is removed', async () => {
    const leaving = await aClient(kms, adapter);
    await leaving.call(Query, { queryFunction: [] });
    await kms.database.query('DELETE FROM client_certificates WHERE id = $1', [leaving.certificateId]);
    assert.equal(await leaving.refused(Query, { queryFunction: [] }), 'AuthenticationNotSuccessful');
  });

  it('neither gives nor makes keys while the root key is not active, and does again when it is', async () => {
    const other = await anAdapter(kms, adapter.instanceId);
    const user = await aClient(kms, other);
    const uniqueIdentifier = await aKey([], user);
    const material = await materialOf(uniqueIdentifier, user);
    for (const state of [2, 3, 5]) {
      await kms.database.query('UPDATE crks SET state = $1 WHERE id = $2', [state, other.crkId]);
      assert.equal(await user.refused(Get, { uniqueIdentifier }), 'PermissionDenied');
      assert.equal(await refusedKey(vcenterKey, user), 'PermissionDenied');
    }
    await kms.database.query('UPDATE crks SET state = 1 WHERE id = $1', [other.crkId]);
    assert.deepEqual(await materialOf(uniqueIdentifier, user), material);
  });

  it('does not open material that was moved to another object’s row', async () => {
    const [one, other] = [await aKey(), await aKey()];
    await kms.database.query(
      'UPDATE object_materials SET wrapped = (SELECT wrapped FROM object_materials WHERE object_id = $1) WHERE object_id = $2',
      [one, other],
    );
    assert.equal(await client.refused(Get, { uniqueIdentifier: other }), 'CryptographicFailure');
    assert.equal((await materialOf(one)).length, 32);
  });

  it('answers what the table of operations says, and Query says the same', async () => {
    const { operation, objectType } = await client.call(Query, { queryFunction: ['QueryOperations', 'QueryObjects'] });
    assert.deepEqual(operation, answeredOperations);
    assert.deepEqual(objectType, ['SymmetricKey']);
    const older = await client.call(Query, { queryFunction: ['QueryOperations'] }, [1, 0]);
    assert.deepEqual(
      older.operation,
      answeredOperations.filter((name) => name !== 'DiscoverVersions'),
    );
    const payload = { tag: tags.RequestPayload, type: ItemType.Structure, value: [] } as const;
    const [item] = await client.batch({ items: [{ operation: 'Register', payload }] });
    assert.ok(item && 'resultReason' in item.result);
    assert.equal(item.result.resultReason, 'OperationNotSupported');
  });

  it('answers Discover Versions with what both sides speak, in any version', async () => {
    assert.deepEqual((await client.call(DiscoverVersions, {}, [1, 0])).protocolVersion, supportedVersions);
    const protocolVersion = [
      [3, 0],
      [1, 2],
      [1, 0],
    ] as const;
    assert.deepEqual((await client.call(DiscoverVersions, { protocolVersion })).protocolVersion, [
      [1, 2],
      [1, 0],
    ]);
  });

  it('never shows an older version what came later', async () => {
    const uniqueIdentifier = await aKey([
      { name: 'Sensitive', value: false },
      { name: 'Comment', value: 'new in 1.4' },
    ]);
    const { attributeName } = await client.call(GetAttributeList, { uniqueIdentifier }, [1, 2]);
    assert.ok(!attributeName.includes('Sensitive') && !attributeName.includes('Comment'));
    const { attribute } = await client.call(GetAttributes, { uniqueIdentifier }, [1, 2]);
    assert.deepEqual(
      attribute.filter(({ name }) => name === 'Sensitive' || name === 'Comment'),
      [],
    );
  });

  it('refuses Get Attributes with a name twice', async () => {
    const request = { uniqueIdentifier: await aKey(), attributeName: ['State', 'State'] };
    assert.equal(await client.refused(GetAttributes, request), 'InvalidMessage');
  });

  describe('in a batch', () => {
    const id = (at: number): Uint8Array => Uint8Array.of(at);
    const create = (attribute: readonly Attribute[], at: number) =>
      anItem(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } }, [1, 4], id(at));
    const reasons = (items: Awaited<ReturnType<TestClient['batch']>>) =>
      items.map(({ result }) => ('resultReason' in result ? result.resultReason : 'Success'));

    it('keeps what came before a failing item, and neither does nor answers what comes after', async () => {
      const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
      const batch = [create([...vcenterKey, mark], 1), create([], 2), create([...vcenterKey, mark], 3)];
      assert.deepEqual(reasons(await client.batch({ items: batch })), ['Success', 'InvalidField']);
      assert.equal((await client.call(Locate, { attribute: [mark] })).locatedItems, 1);
    });

    it('goes on after a failing item when the client says Continue', async () => {
      const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
      const items = [create([...vcenterKey, mark], 1), create([], 2), create([...vcenterKey, mark], 3)];
      const answered = await client.batch({ items, batchErrorContinuationOption: 'Continue' });
      assert.deepEqual(reasons(answered), ['Success', 'InvalidField', 'Success']);
      assert.equal((await client.call(Locate, { attribute: [mark] })).locatedItems, 2);
    });

    it('goes on after an item that PostgreSQL itself refused', async () => {
      const name: Attribute = { name: 'Name', value: { nameValue: randomUUID(), nameType: 'URI' } };
      const items = [create([...vcenterKey, name], 1), create([...vcenterKey, name], 2), create(vcenterKey, 3)];
      const answered = await client.batch({ items, batchErrorContinuationOption: 'Continue' });
      assert.deepEqual(reasons(answered), ['Success', 'InvalidField', 'Success']);
    });

    it('passes the ID Placeholder on', async () => {
      const items = [create(vcenterKey, 1), anItem(Activate, {}, [1, 4], id(2)), anItem(Get, {}, [1, 4], id(3))];
      assert.deepEqual(reasons(await client.batch({ items })), ['Success', 'Success', 'Success']);
    });
  });

  for (const version of [
    [2, 0],
    [2, 1],
  ] as const) {
    it(`serves the life of a key in KMIP ${version.join('.')}, and it is the same object in 1.x`, async () => {
      const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
      const templateAttribute = { attribute: [...vcenterKey, mark] };
      const { uniqueIdentifier } = await client.call(
        Create,
        { objectType: 'SymmetricKey', templateAttribute },
        version,
      );
      const added: Attribute = { name: 'x-Name', value: text('a machine') };
      const answer = await client.call(AddAttribute, { uniqueIdentifier, attribute: added }, version);
      assert.deepEqual(answer, { uniqueIdentifier });
      const located = await client.call(Locate, { attribute: [mark] }, version);
      assert.deepEqual(located.uniqueIdentifier, [uniqueIdentifier]);
      await client.call(Activate, { uniqueIdentifier }, version);
      for (const asking of [version, [1, 4] as const]) {
        const names = ['State', 'x-Mark', 'x-Name', 'x-Unset'];
        const { attribute } = await client.call(GetAttributes, { uniqueIdentifier, attributeName: names }, asking);
        assert.deepEqual(attribute, [{ name: 'State', value: 'Active' }, mark, added]);
      }
      const { symmetricKey } = await client.call(Get, { uniqueIdentifier }, version);
      assert.deepEqual(symmetricKey?.keyBlock.keyValue?.keyMaterial, await materialOf(uniqueIdentifier));
      assert.equal(await client.refused(Destroy, { uniqueIdentifier }, version), 'WrongKeyLifecycleState');
      assert.equal(await client.refused(Destroy, { uniqueIdentifier }, [1, 4]), 'PermissionDenied');
      const missing = { uniqueIdentifier: randomUUID() };
      assert.equal(await client.refused(Get, missing, version), 'ObjectNotFound');
      assert.equal(await client.refused(Get, missing, [1, 4]), 'ItemNotFound');
    });
  }

  describe('once', () => {
    it('executes a change whose request comes again no second time', async () => {
      const mark: Attribute = { name: 'x-Mark', value: text(randomUUID()) };
      const templateAttribute = { attribute: [...vcenterKey, mark] };
      const items = [anItem(Create, { objectType: 'SymmetricKey', templateAttribute })];
      const message = encodeRequestMessage({ version: [1, 4], items });
      const requestId = randomUUID();
      await client.send(message.slice(), requestId);
      await client.send(message.slice(), requestId);
      assert.equal((await client.call(Locate, { attribute: [mark] })).locatedItems, 1);
    });

    it('lets one of many parallel Activates win', async () => {
      const uniqueIdentifier = await aKey();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => client.call(Activate, { uniqueIdentifier })),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const entries = await auditOf(uniqueIdentifier);
      assert.equal(
        entries.filter(({ operation, outcome }) => operation === 'Activate' && outcome === 'success').length,
        1,
      );
    });

    it('loses none of several attributes that are added at the same time', async () => {
      const uniqueIdentifier = await aKey();
      const count = 4;
      await Promise.all(
        Array.from({ length: count }, (_, at) =>
          client.call(AddAttribute, { uniqueIdentifier, attribute: { name: 'x-Many', value: text(`${at}`) } }),
        ),
      );
      const { attribute } = await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['x-Many'] });
      assert.deepEqual(
        attribute.map(({ index }) => index ?? 0),
        [0, 1, 2, 3],
      );
    });
  });
});
