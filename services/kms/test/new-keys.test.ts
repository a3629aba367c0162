import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Attribute, attributeValues } from '@kagibako/kmip/attribute';
import type { RequestInput } from '@kagibako/kmip/operation';
import { CreateKeyPair } from '@kagibako/kmip/operations/create-key-pair';
import { DeriveKey } from '@kagibako/kmip/operations/derive-key';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { ReKey } from '@kagibako/kmip/operations/re-key';
import { ReKeyKeyPair } from '@kagibako/kmip/operations/re-key-key-pair';
import { Register } from '@kagibako/kmip/operations/register';
import { active, attributesNamed, bytesOf, createKey, mask, registerKey, stateOf, text } from './keys.ts';
import { aClient, anAdapter, startKms, type TestClient, type TestKms } from './kms.ts';

const hex = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'hex'));
const named = (nameValue: string): Attribute => ({
  name: 'Name',
  value: { nameValue, nameType: 'UninterpretedTextString' },
});

describe('keys out of keys', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  const linksOf = async (uniqueIdentifier: string) => {
    const { attribute } = await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['Link'] });
    return attributeValues(attribute, 'Link').map((link) => [link.linkType, link.linkedObjectIdentifier]);
  };

  it('re-keys: new material, the Names move, each points at the other', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const old = await createKey(client, [active(), named(first), { name: 'x-Note', value: text('kept') }]);
    const made = await client.call(ReKey, { uniqueIdentifier: old, templateAttribute: { attribute: [named(second)] } });
    const replacement = made.uniqueIdentifier;
    assert.notDeepEqual(await bytesOf(client, replacement), await bytesOf(client, old));
    assert.equal((await bytesOf(client, replacement)).length, 32);
    assert.equal(await stateOf(client, replacement), 'Active');
    const names = await attributesNamed(client, replacement, 'Name');
    assert.deepEqual(
      attributeValues(names, 'Name').map(({ nameValue }) => nameValue),
      [first, second],
    );
    assert.deepEqual(await attributesNamed(client, old, 'Name'), []);
    assert.deepEqual((await attributesNamed(client, replacement, 'x-Note'))[0]?.value, text('kept'));
    assert.deepEqual(await linksOf(old), [['ReplacementObjectLink', replacement]]);
    assert.deepEqual(await linksOf(replacement), [['ReplacedObjectLink', old]]);
    assert.equal(await client.refused(ReKey, { uniqueIdentifier: old }), 'PermissionDenied');
  });

  it('re-keys wholly or not at all', async () => {
    const [taken, own] = [randomUUID(), randomUUID()];
    await createKey(client, [named(taken)]);
    const old = await createKey(client, [active(), named(own)]);
    const request = { uniqueIdentifier: old, templateAttribute: { attribute: [named(taken)] } };
    assert.equal(await client.refused(ReKey, request), 'InvalidField');
    assert.equal((await attributesNamed(client, old, 'Name')).length, 1);
    assert.deepEqual(await linksOf(old), []);
  });

  it('counts dates from the Offset', async () => {
    const old = await createKey(client, [active()]);
    const { uniqueIdentifier } = await client.call(ReKey, { uniqueIdentifier: old, offset: 3_600 });
    assert.equal(await stateOf(client, uniqueIdentifier), 'PreActive');
    const dates = { offset: 3_600, templateAttribute: { attribute: [active()] } };
    assert.equal(await client.refused(ReKey, { uniqueIdentifier, ...dates }), 'InvalidMessage');
  });

  it('makes and re-keys key pairs that point at each other', async () => {
    const pair = await client.call(CreateKeyPair, {
      commonTemplateAttribute: { attribute: [active(), { name: 'Cryptographic Algorithm', value: 'EC' }] },
      privateKeyTemplateAttribute: { attribute: [mask('Sign')] },
      publicKeyTemplateAttribute: { attribute: [mask('Verify')] },
    });
    const { privateKeyUniqueIdentifier: privateId, publicKeyUniqueIdentifier: publicId } = pair;
    assert.deepEqual(await linksOf(privateId), [['PublicKeyLink', publicId]]);
    assert.deepEqual(await linksOf(publicId), [['PrivateKeyLink', privateId]]);
    const next = await client.call(ReKeyKeyPair, { privateKeyUniqueIdentifier: privateId });
    assert.deepEqual(await linksOf(next.privateKeyUniqueIdentifier), [
      ['ReplacedObjectLink', privateId],
      ['PublicKeyLink', next.publicKeyUniqueIdentifier],
    ]);
    assert.deepEqual((await linksOf(publicId))[1], ['ReplacementObjectLink', next.publicKeyUniqueIdentifier]);
    assert.equal(await client.refused(ReKeyKeyPair, { privateKeyUniqueIdentifier: publicId }), 'PermissionDenied');
    const noMask = {
      commonTemplateAttribute: { attribute: [{ name: 'Cryptographic Algorithm', value: 'RSA' }] },
    } as const;
    assert.equal(await client.refused(CreateKeyPair, noMask), 'InvalidField');
  });

  const aesKey = (bits: number) => ({
    attribute: [
      { name: 'Cryptographic Algorithm', value: 'AES' },
      { name: 'Cryptographic Length', value: bits },
      mask('Encrypt'),
    ] satisfies Attribute[],
  });
  const derive = async (
    request: Omit<RequestInput<typeof DeriveKey>, 'objectType' | 'templateAttribute'>,
    bits = 128,
  ) => {
    const asked = { objectType: 'SymmetricKey' as const, templateAttribute: aesKey(bits), ...request };
    return await bytesOf(client, (await client.call(DeriveKey, asked)).uniqueIdentifier);
  };
  const aPassword = async (use: 'DeriveKey' | 'Encrypt') =>
    (
      await client.call(Register, {
        objectType: 'SecretData',
        templateAttribute: { attribute: [active(), mask(use)] },
        secretData: {
          secretDataType: 'Seed',
          keyBlock: { keyFormatType: 'Opaque', keyValue: { keyMaterial: hex('70617373776f7264') } },
        },
      })
    ).uniqueIdentifier;

  it('derives by PBKDF2 and HMAC as OASIS’s cases say (TC-DERIVEKEY-2 to 4)', async () => {
    const uniqueIdentifier = [await aPassword('DeriveKey')];
    const salted = (iterationCount: number) =>
      derive({
        uniqueIdentifier,
        derivationMethod: 'PBKDF2',
        derivationParameters: { salt: hex('73616c74'), iterationCount },
      });
    assert.deepEqual(await salted(1), hex('0c60c80f961f0e71f3a9b524af601206'));
    assert.deepEqual(await salted(4_096), hex('4b007901b765489abead49d926f721d0'));
    const base = await registerKey(client, hex('00112233445566778899aabbccddeeff'), [mask('DeriveKey')]);
    const byHmac = {
      uniqueIdentifier: [base],
      derivationMethod: 'HMAC' as const,
      derivationParameters: {
        cryptographicParameters: { hashingAlgorithm: 'SHA_256' as const },
        derivationData: hex('0102'),
      },
    };
    assert.deepEqual(await derive(byHmac), hex('1e15c1f1da233629f770fb0a04a5020e'));
  });

  it('derives the same secret on both sides of a key agreement', async () => {
    const pairs = await Promise.all(
      [1, 2].map(() =>
        client.call(CreateKeyPair, {
          commonTemplateAttribute: {
            attribute: [active(), { name: 'Cryptographic Algorithm', value: 'EC' }, mask('DeriveKey')],
          },
        }),
      ),
    );
    const [one, other] = pairs;
    assert.ok(one && other);
    const agreed = (privateId: string, publicId: string) =>
      derive(
        { uniqueIdentifier: [privateId, publicId], derivationMethod: 'AsymmetricKey', derivationParameters: {} },
        256,
      );
    const secret = await agreed(one.privateKeyUniqueIdentifier, other.publicKeyUniqueIdentifier);
    assert.equal(secret.length, 32);
    assert.deepEqual(await agreed(other.privateKeyUniqueIdentifier, one.publicKeyUniqueIdentifier), secret);
  });

  it('refuses to derive from what is not for it, or too much', async () => {
    const derivationParameters = { salt: hex('00'), iterationCount: 1 };
    const refused = (id: string, more: object, bits = 128) =>
      client.refused(DeriveKey, {
        objectType: 'SymmetricKey',
        templateAttribute: aesKey(bits),
        uniqueIdentifier: [id],
        derivationMethod: 'PBKDF2',
        derivationParameters: { ...derivationParameters, ...more },
      });
    assert.equal(await refused(await aPassword('Encrypt'), {}), 'PermissionDenied');
    const password = await aPassword('DeriveKey');
    assert.equal(await refused(password, { iterationCount: 2_000_000_000 }), 'InvalidField');
    assert.equal(await refused(password, {}, 100), 'InvalidField');
    assert.equal(await refused(randomUUID(), {}), 'ItemNotFound');
    const short = {
      objectType: 'SymmetricKey',
      templateAttribute: aesKey(256),
      uniqueIdentifier: [password],
      derivationMethod: 'HASH',
      derivationParameters: { cryptographicParameters: { hashingAlgorithm: 'SHA_1' } },
    } as const;
    assert.equal(await client.refused(DeriveKey, short), 'CryptographicFailure');
  });
});
