import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Attribute } from '@kagibako/kmip/attribute';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { Create } from '@kagibako/kmip/operations/create';
import { DeleteAttribute } from '@kagibako/kmip/operations/delete-attribute';
import { ModifyAttribute } from '@kagibako/kmip/operations/modify-attribute';
import { Revoke } from '@kagibako/kmip/operations/revoke';
import { active, attributesNamed, createKey, stateOf, text } from './keys.ts';
import { aClient, anAdapter, startKms, type TestClient, type TestKms } from './kms.ts';

const hourMs = 3_600_000;
const inHours = (hours: number): Date => new Date(Math.floor(Date.now() / 1_000) * 1_000 + hours * hourMs);

describe('attributes', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  const modify = (uniqueIdentifier: string, attribute: Attribute) =>
    client.call(ModifyAttribute, { uniqueIdentifier, attribute });
  const refusedModify = (uniqueIdentifier: string, attribute: Attribute) =>
    client.refused(ModifyAttribute, { uniqueIdentifier, attribute });

  it('modifies the instance that is named, and answers it', async () => {
    const uniqueIdentifier = await createKey(client, [
      { name: 'x-Note', value: text('a') },
      { name: 'x-Note', value: text('b') },
    ]);
    const modified: Attribute = { name: 'x-Note', index: 1, value: text('c') };
    assert.deepEqual(await modify(uniqueIdentifier, modified), { uniqueIdentifier, attribute: modified });
    assert.deepEqual(
      (await attributesNamed(client, uniqueIdentifier, 'x-Note')).map(({ value }) => value),
      [text('a'), text('c')],
    );
  });

  it('refuses what is not there, and what is the server’s or fixed', async () => {
    const uniqueIdentifier = await createKey(client, [{ name: 'x-Note', value: text('a') }]);
    assert.equal(await refusedModify(uniqueIdentifier, { name: 'x-Other', value: text('b') }), 'InvalidField');
    assert.equal(await refusedModify(uniqueIdentifier, { name: 'x-Note', index: 1, value: text('b') }), 'ItemNotFound');
    for (const attribute of [
      { name: 'State', value: 'Active' },
      { name: 'Cryptographic Length', value: 128 },
      { name: 'Initial Date', value: inHours(0) },
      { name: 'y-Note', value: text('b') },
    ] as const)
      assert.equal(await refusedModify(uniqueIdentifier, attribute), 'PermissionDenied', attribute.name);
    const request = { uniqueIdentifier: randomUUID(), attribute: { name: 'x-Note', value: text('b') } } as const;
    assert.equal(await client.refused(ModifyAttribute, request), 'ItemNotFound');
  });

  it('gives no two objects the same Name', async () => {
    const name = (nameValue: string): Attribute => ({
      name: 'Name',
      value: { nameValue, nameType: 'UninterpretedTextString' },
    });
    const [first, second] = [randomUUID(), randomUUID()];
    await createKey(client, [name(first)]);
    const uniqueIdentifier = await createKey(client, [name(second)]);
    assert.equal(await refusedModify(uniqueIdentifier, name(first)), 'IllegalOperation');
    const named = await attributesNamed(client, uniqueIdentifier, 'Name');
    assert.deepEqual(named, [name(second)]);
  });

  it('deletes an instance, and the others keep their indexes', async () => {
    const uniqueIdentifier = await createKey(
      client,
      ['a', 'b', 'c'].map((value) => ({ name: 'x-Note', value: text(value) })),
    );
    const deleted = await client.call(DeleteAttribute, {
      uniqueIdentifier,
      attributeName: 'x-Note',
      attributeIndex: 1,
    });
    assert.deepEqual(deleted.attribute, { name: 'x-Note', index: 1, value: text('b') });
    const left = await attributesNamed(client, uniqueIdentifier, 'x-Note');
    assert.deepEqual(
      left.map(({ index = 0, value }) => [index, value]),
      [
        [0, text('a')],
        [2, text('c')],
      ],
    );
    await client.call(DeleteAttribute, { uniqueIdentifier, attributeName: 'x-Note' });
    assert.deepEqual(
      (await attributesNamed(client, uniqueIdentifier, 'x-Note')).map(({ index }) => index),
      [2],
    );
    const added: Attribute = { name: 'x-Note', value: text('d') };
    assert.equal((await client.call(AddAttribute, { uniqueIdentifier, attribute: added })).attribute.index, 3);
  });

  it('refuses to delete what is not there or must stay', async () => {
    const uniqueIdentifier = await createKey(client, [{ name: 'x-Note', value: text('a') }]);
    const refused = (attributeName: string, attributeIndex?: number) =>
      client.refused(DeleteAttribute, { uniqueIdentifier, attributeName, attributeIndex });
    assert.equal(await refused('x-Other'), 'ItemNotFound');
    assert.equal(await refused('Nonsense'), 'ItemNotFound');
    assert.equal(await refused('x-Note', 1), 'ItemNotFound');
    assert.equal(await refused('State'), 'PermissionDenied');
    assert.equal(await refused('Cryptographic Algorithm'), 'PermissionDenied');
    assert.equal(await refused('Activation Date'), 'PermissionDenied');
  });

  it('moves the state with a date that is reached', async () => {
    const uniqueIdentifier = await createKey(client, [{ name: 'Activation Date', value: inHours(2) }]);
    await modify(uniqueIdentifier, { name: 'Activation Date', value: inHours(1) });
    assert.equal(await stateOf(client, uniqueIdentifier), 'PreActive');
    await modify(uniqueIdentifier, { name: 'Activation Date', value: inHours(-1) });
    assert.equal(await stateOf(client, uniqueIdentifier), 'Active');
    assert.equal(
      await refusedModify(uniqueIdentifier, { name: 'Activation Date', value: inHours(1) }),
      'PermissionDenied',
    );
    await client.call(AddAttribute, {
      uniqueIdentifier,
      attribute: { name: 'Deactivation Date', value: inHours(1) },
    });
    assert.equal(
      await refusedModify(uniqueIdentifier, { name: 'Deactivation Date', value: inHours(-2) }),
      'InvalidField',
    );
    await modify(uniqueIdentifier, { name: 'Deactivation Date', value: inHours(0) });
    assert.equal(await stateOf(client, uniqueIdentifier), 'Deactivated');
    assert.equal(
      await refusedModify(uniqueIdentifier, { name: 'Deactivation Date', value: inHours(1) }),
      'PermissionDenied',
    );
  });

  it('keeps Process Start and Protect Stop within the active life, and once they are reached', async () => {
    const uniqueIdentifier = await createKey(client, [
      { name: 'Activation Date', value: inHours(1) },
      { name: 'Process Start Date', value: inHours(2) },
      { name: 'Protect Stop Date', value: inHours(3) },
      { name: 'Deactivation Date', value: inHours(4) },
    ]);
    const refusals = [
      { name: 'Process Start Date', value: inHours(0) },
      { name: 'Protect Stop Date', value: inHours(5) },
    ] as const;
    for (const attribute of refusals) assert.equal(await refusedModify(uniqueIdentifier, attribute), 'InvalidField');
    await modify(uniqueIdentifier, { name: 'Protect Stop Date', value: inHours(4) });
    const past = await createKey(client, [active(), { name: 'Process Start Date', value: inHours(-1) }]);
    assert.equal(await refusedModify(past, { name: 'Process Start Date', value: inHours(1) }), 'PermissionDenied');
    const contrary: Attribute[] = [
      { name: 'Cryptographic Algorithm', value: 'AES' },
      { name: 'Cryptographic Usage Mask', value: 12 },
      { name: 'Activation Date', value: inHours(1) },
      { name: 'Process Start Date', value: inHours(0) },
    ];
    const request = { objectType: 'SymmetricKey', templateAttribute: { attribute: contrary } } as const;
    assert.equal(await client.refused(Create, request), 'InvalidField');
  });

  it('remembers that a key was not always Sensitive', async () => {
    const born = await createKey(client, [{ name: 'Sensitive', value: true }]);
    const always = async (id: string) => (await attributesNamed(client, id, 'Always Sensitive'))[0]?.value;
    assert.equal(await always(born), true);
    const made = await createKey(client, [{ name: 'Sensitive', value: false }]);
    await modify(made, { name: 'Sensitive', value: true });
    assert.equal(await always(made), false);
    await modify(born, { name: 'Sensitive', value: false });
    assert.equal(await always(born), false);
    await modify(born, { name: 'Sensitive', value: true });
    assert.equal(await always(born), false);
  });

  it('leaves the stored material byte for byte as it was, whatever happens to attributes', async () => {
    const uniqueIdentifier = await createKey(client, [{ name: 'x-Note', value: text('a') }]);
    const stored = () => kms.database.query('SELECT * FROM object_materials WHERE object_id = $1', [uniqueIdentifier]);
    const before = await stored();
    assert.equal(before.length, 1);
    await client.call(AddAttribute, { uniqueIdentifier, attribute: { name: 'x-Note', value: text('b') } });
    await modify(uniqueIdentifier, { name: 'x-Note', value: text('c') });
    await client.call(DeleteAttribute, { uniqueIdentifier, attributeName: 'x-Note', attributeIndex: 1 });
    await client.call(AddAttribute, { uniqueIdentifier, attribute: active() });
    const revocationReason = { revocationReasonCode: 'KeyCompromise' } as const;
    await client.call(Revoke, { uniqueIdentifier, revocationReason });
    assert.deepEqual(await stored(), before);
  });
});
