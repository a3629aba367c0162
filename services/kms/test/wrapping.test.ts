import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Get } from '@kagibako/kmip/operations/get';
import { Register } from '@kagibako/kmip/operations/register';
import { active, bytesOf, createKey, mask, registerKey } from './keys.ts';
import { aClient, anAdapter, startKms, type TestClient, type TestKms } from './kms.ts';

const hex = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'hex'));
/** RFC 3394 §4.1; TC-WRAP-1 has the same. */
const vector = {
  kek: hex('000102030405060708090a0b0c0d0e0f'),
  key: hex('00112233445566778899aabbccddeeff'),
  wrapped: hex('1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'),
};

describe('key wrapping', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  const wrapping = (uniqueIdentifier: string) => ({
    wrappingMethod: 'Encrypt' as const,
    encryptionKeyInformation: {
      uniqueIdentifier,
      cryptographicParameters: { blockCipherMode: 'NISTKeyWrap' as const },
    },
    encodingOption: 'NoEncoding' as const,
  });
  const aKek = () => registerKey(client, vector.kek, [mask('WrapKey', 'UnwrapKey')]);
  const block = (kek: string, keyMaterial: Uint8Array) => ({
    keyFormatType: 'Raw' as const,
    keyValue: { keyMaterial },
    cryptographicAlgorithm: 'AES' as const,
    cryptographicLength: 128,
    keyWrappingData: wrapping(kek),
  });
  const templateAttribute = { attribute: [mask('Encrypt')] };
  const objectType = 'SymmetricKey' as const;

  it('gives a key wrapped by another, as RFC 3394 says', async () => {
    const kek = await aKek();
    const uniqueIdentifier = await registerKey(client, vector.key, [mask('Encrypt')]);
    const got = await client.call(Get, { uniqueIdentifier, keyWrappingSpecification: wrapping(kek) });
    assert.deepEqual(got.symmetricKey?.keyBlock.keyValue?.keyMaterial, vector.wrapped);
    assert.deepEqual(got.symmetricKey?.keyBlock.keyWrappingData, wrapping(kek));
  });

  it('unwraps what is registered wrapped', async () => {
    const kek = await aKek();
    const symmetricKey = { keyBlock: block(kek, vector.wrapped) };
    const { uniqueIdentifier } = await client.call(Register, { objectType, templateAttribute, symmetricKey });
    assert.deepEqual(await bytesOf(client, uniqueIdentifier), vector.key);
    assert.equal(await client.refused(Get, { uniqueIdentifier, keyWrapType: 'AsRegistered' }), 'FeatureNotSupported');
    const broken = { keyBlock: block(kek, vector.wrapped.with(3, 0)) };
    const request = { objectType, templateAttribute, symmetricKey: broken };
    assert.equal(await client.refused(Register, request), 'CryptographicFailure');
  });

  it('gives a Sensitive key wrapped alone, and one that is not Extractable not at all', async () => {
    const keyWrappingSpecification = wrapping(await aKek());
    const sensitive = await createKey(client, [{ name: 'Sensitive', value: true }]);
    assert.equal(await client.refused(Get, { uniqueIdentifier: sensitive }), 'Sensitive');
    await client.call(Get, { uniqueIdentifier: sensitive, keyWrappingSpecification });
    const kept = await createKey(client, [{ name: 'Extractable', value: false }]);
    const request = { uniqueIdentifier: kept, keyWrappingSpecification };
    assert.equal(await client.refused(Get, request), 'NotExtractable');
  });

  it('refuses a wrapping key that is none', async () => {
    const uniqueIdentifier = await createKey(client);
    const refused = (kek: string, more: object = {}) =>
      client.refused(Get, { uniqueIdentifier, keyWrappingSpecification: { ...wrapping(kek), ...more } });
    assert.equal(await refused(randomUUID()), 'ItemNotFound');
    assert.equal(await refused(await createKey(client, [active()])), 'PermissionDenied');
    assert.equal(await refused(await createKey(client, [mask('WrapKey')])), 'PermissionDenied');
    const kek = await aKek();
    assert.equal(await refused(kek, { encodingOption: 'TTLVEncoding' }), 'EncodingOptionError');
    assert.equal(await refused(kek, { attributeName: ['Name'] }), 'EncodingOptionError');
    const stranger = await aClient(kms, await anAdapter(kms));
    const foreign = await registerKey(stranger, vector.kek, [mask('WrapKey')]);
    assert.equal(await refused(foreign), 'ItemNotFound');
  });
});
