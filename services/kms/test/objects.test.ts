import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { RequestInput } from '@kagibako/kmip/operation';
import { Activate } from '@kagibako/kmip/operations/activate';
import { Archive } from '@kagibako/kmip/operations/archive';
import { Check } from '@kagibako/kmip/operations/check';
import { Destroy } from '@kagibako/kmip/operations/destroy';
import { Get } from '@kagibako/kmip/operations/get';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { GetUsageAllocation } from '@kagibako/kmip/operations/get-usage-allocation';
import { Locate } from '@kagibako/kmip/operations/locate';
import { ObtainLease } from '@kagibako/kmip/operations/obtain-lease';
import { Recover } from '@kagibako/kmip/operations/recover';
import { Register } from '@kagibako/kmip/operations/register';
import { selfSigned } from '@kagibako/testing/certificates';
import { active, attributesNamed, createKey, mask, registerKey, text } from './keys.ts';
import { aClient, anAdapter, startKms, type TestClient, type TestKms } from './kms.ts';

const bytes = Uint8Array.from({ length: 40 }, (_, at) => at + 1);
const block = (keyFormatType: 'Raw' | 'Opaque' | 'PKCS_8' | 'X_509' | 'ECPrivateKey', keyMaterial: Uint8Array) => ({
  keyFormatType,
  keyValue: { keyMaterial, attribute: [] },
});

describe('managed objects', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  const register = async (request: RequestInput<typeof Register>) =>
    (await client.call(Register, request)).uniqueIdentifier;
  const templateAttribute = { attribute: [mask('Sign')] };

  it('gives every type of object back as it was registered, and stores none in the clear', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = (await selfSigned({ commonName: 'an object' })).certificate;
    const der = Uint8Array.from(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
    const pkcs8 = Uint8Array.from(rsa.privateKey.export({ format: 'der', type: 'pkcs8' }));
    const spki = Uint8Array.from(rsa.publicKey.export({ format: 'der', type: 'spki' }));
    const rsaBlock = { cryptographicAlgorithm: 'RSA', cryptographicLength: 2048 } as const;
    const objects = [
      { secretData: { secretDataType: 'Password' as const, keyBlock: block('Opaque', bytes) } },
      { opaqueObject: { opaqueDataType: 0x8000_0001, opaqueDataValue: bytes } },
      { certificate: { certificateType: 'X_509' as const, certificateValue: der } },
      { privateKey: { keyBlock: { ...block('PKCS_8', pkcs8), ...rsaBlock } } },
      { publicKey: { keyBlock: { ...block('X_509', spki), ...rsaBlock } } },
      { pgpKey: { pgpKeyVersion: 4, keyBlock: block('Raw', bytes) } },
    ];
    const types = ['SecretData', 'OpaqueObject', 'Certificate', 'PrivateKey', 'PublicKey', 'PGPKey'] as const;
    for (const [at, object] of objects.entries()) {
      const objectType = types[at] ?? 'SecretData';
      const uniqueIdentifier = await register({ objectType, templateAttribute, ...object });
      assert.deepEqual(await client.call(Get, { uniqueIdentifier }), { objectType, uniqueIdentifier, ...object });
      const [row] = await kms.database.query('SELECT wrapped FROM object_materials WHERE object_id = $1', [
        uniqueIdentifier,
      ]);
      const stored = row?.['wrapped'];
      assert.ok(stored instanceof Buffer);
      for (const plain of [bytes, der, pkcs8]) assert.equal(stored.indexOf(plain.subarray(0, 16)), -1);
    }
  });

  it('converts keys to the formats that exist for them, and no others', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const sec1 = Uint8Array.from(pair.privateKey.export({ format: 'der', type: 'sec1' }));
    const keyBlock = {
      ...block('ECPrivateKey', sec1),
      cryptographicAlgorithm: 'EC' as const,
      cryptographicLength: 256,
    };
    const uniqueIdentifier = await register({ objectType: 'PrivateKey', templateAttribute, privateKey: { keyBlock } });
    const got = await client.call(Get, { uniqueIdentifier, keyFormatType: 'PKCS_8' });
    assert.deepEqual(
      Buffer.from(got.privateKey?.keyBlock.keyValue?.keyMaterial ?? []),
      pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
    );
    assert.equal(got.privateKey?.keyBlock.keyFormatType, 'PKCS_8');
    for (const keyFormatType of ['PKCS_1', 'X_509', 'Raw', 'TransparentECPrivateKey'] as const)
      assert.equal(await client.refused(Get, { uniqueIdentifier, keyFormatType }), 'KeyFormatTypeNotSupported');
  });

  it('refuses objects that are not what they say', async () => {
    const symmetricKey = {
      keyBlock: { ...block('Raw', bytes), cryptographicAlgorithm: 'AES' as const, cryptographicLength: 256 },
    };
    const refused = (request: RequestInput<typeof Register>) => client.refused(Register, request);
    assert.equal(await refused({ objectType: 'SymmetricKey', templateAttribute, symmetricKey }), 'InvalidField');
    assert.equal(await refused({ objectType: 'SecretData', templateAttribute, symmetricKey }), 'InvalidField');
    assert.equal(await refused({ objectType: 'SymmetricKey', templateAttribute }), 'InvalidField');
    assert.equal(await refused({ objectType: 'Template', templateAttribute, template: {} }), 'InvalidField');
    const secretData = { secretDataType: 'Password' as const, keyBlock: block('Opaque', new Uint8Array()) };
    assert.equal(await refused({ objectType: 'SecretData', templateAttribute, secretData }), 'InvalidField');
    const contrary = { attribute: [mask('Encrypt'), { name: 'Cryptographic Length' as const, value: 128 }] };
    const key = { keyBlock: { ...symmetricKey.keyBlock, cryptographicLength: 320 } };
    assert.equal(
      await refused({ objectType: 'SymmetricKey', templateAttribute: contrary, symmetricKey: key }),
      'InvalidField',
    );
  });

  it('hides an archived object from all but Recover', async () => {
    const note = { name: 'x-Archived', value: text('yes') } as const;
    const uniqueIdentifier = await createKey(client, [note]);
    const located = async (storageStatusMask?: number) =>
      (await client.call(Locate, { attribute: [note], storageStatusMask })).uniqueIdentifier;
    await client.call(Archive, { uniqueIdentifier });
    for (const refused of [
      client.refused(Get, { uniqueIdentifier }),
      client.refused(GetAttributes, { uniqueIdentifier }),
      client.refused(Activate, { uniqueIdentifier }),
      client.refused(Archive, { uniqueIdentifier }),
    ])
      assert.equal(await refused, 'ObjectArchived');
    assert.deepEqual(await located(), []);
    assert.deepEqual(await located(2), [uniqueIdentifier]);
    assert.deepEqual(await located(3), [uniqueIdentifier]);
    await client.call(Recover, { uniqueIdentifier });
    assert.deepEqual(await located(), [uniqueIdentifier]);
    assert.deepEqual(await located(2), []);
    await client.call(Get, { uniqueIdentifier });
  });

  it('answers Check with what stands against a use', async () => {
    const uniqueIdentifier = await createKey(client, [
      active(),
      { name: 'Usage Limits', value: { usageLimitsTotal: 10n, usageLimitsUnit: 'Object' } },
    ]);
    const allowed = { uniqueIdentifier, usageLimitsCount: 10n, cryptographicUsageMask: 4, leaseTime: 60 };
    assert.deepEqual(await client.call(Check, allowed), { uniqueIdentifier });
    assert.deepEqual(await client.call(Check, { ...allowed, usageLimitsCount: 11n }), { usageLimitsCount: 11n });
    assert.deepEqual(await client.call(Check, { ...allowed, cryptographicUsageMask: 5 }), {
      cryptographicUsageMask: 5,
    });
  });

  it('hands out the Usage Limits once, however many ask at the same time', async () => {
    const uniqueIdentifier = await createKey(client, [
      active(),
      { name: 'Usage Limits', value: { usageLimitsTotal: 5n, usageLimitsUnit: 'Object' } },
    ]);
    const asked = Array.from({ length: 4 }, () =>
      client.call(GetUsageAllocation, { uniqueIdentifier, usageLimitsCount: 2n }),
    );
    const granted = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
    assert.equal(granted.length, 2);
    const [limits] = await attributesNamed(client, uniqueIdentifier, 'Usage Limits');
    assert.deepEqual(limits?.value, { usageLimitsTotal: 5n, usageLimitsCount: 1n, usageLimitsUnit: 'Object' });
    const unlimited = { uniqueIdentifier: await createKey(client, [active()]), usageLimitsCount: 1n };
    assert.equal(await client.refused(GetUsageAllocation, unlimited), 'IllegalOperation');
  });

  it('leases what is there, and not what is destroyed', async () => {
    const uniqueIdentifier = await registerKey(client, new Uint8Array(16), [mask('Encrypt')]);
    const lease = await client.call(ObtainLease, { uniqueIdentifier });
    assert.equal(lease.leaseTime, 3_600);
    const gone = await createKey(client);
    await client.call(Destroy, { uniqueIdentifier: gone });
    assert.equal(await client.refused(ObtainLease, { uniqueIdentifier: gone }), 'IllegalOperation');
  });
});
