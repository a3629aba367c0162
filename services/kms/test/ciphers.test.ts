import assert from 'node:assert/strict';
import { constants, createHash, createHmac, generateKeyPairSync, publicEncrypt, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Attribute } from '@kagibako/kmip/attribute';
import { CreateKeyPair } from '@kagibako/kmip/operations/create-key-pair';
import { Decrypt } from '@kagibako/kmip/operations/decrypt';
import { Encrypt } from '@kagibako/kmip/operations/encrypt';
import { Get } from '@kagibako/kmip/operations/get';
import { Hash } from '@kagibako/kmip/operations/hash';
import { MAC } from '@kagibako/kmip/operations/mac';
import { MACVerify } from '@kagibako/kmip/operations/mac-verify';
import { Register } from '@kagibako/kmip/operations/register';
import { Revoke } from '@kagibako/kmip/operations/revoke';
import { RNGRetrieve } from '@kagibako/kmip/operations/rng-retrieve';
import { RNGSeed } from '@kagibako/kmip/operations/rng-seed';
import { Sign } from '@kagibako/kmip/operations/sign';
import { SignatureVerify } from '@kagibako/kmip/operations/signature-verify';
import { active, attributesNamed, createKey, mask, registerKey } from './keys.ts';
import { aClient, anAdapter, startKms, type TestClient, type TestKms } from './kms.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const inHours = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
const cipherMask = mask('Encrypt', 'Decrypt');

describe('cryptographic operations', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  it('encrypts and decrypts as OASIS’s GCM cases say (CS-BC-M-GCM-1)', async () => {
    const uniqueIdentifier = await registerKey(client, new Uint8Array(16), [cipherMask]);
    const cryptographicParameters = { blockCipherMode: 'GCM', tagLength: 16 } as const;
    const request = { uniqueIdentifier, cryptographicParameters, ivCounterNonce: new Uint8Array(12) };
    const encrypted = await client.call(Encrypt, { ...request, data: new Uint8Array(16) });
    assert.deepEqual(encrypted.data, hex('0388dace60b6a392f328c2b971b2fe78'));
    assert.deepEqual(encrypted.authenticatedEncryptionTag, hex('ab6e47d42cec13bdf53a67b21257bddf'));
    const sealed = { ...request, data: hex('0388dace60b6a392f328c2b971b2fe78') };
    const tag = hex('ab6e47d42cec13bdf53a67b21257bddf');
    const opened = await client.call(Decrypt, { ...sealed, authenticatedEncryptionTag: tag });
    assert.deepEqual(opened.data, new Uint8Array(16));
    const wrongTag = { ...sealed, authenticatedEncryptionTag: hex('006e47d42cec13bdf53a67b21257bddf') };
    assert.equal(await client.refused(Decrypt, wrongTag), 'CryptographicFailure');
    assert.equal(await client.refused(Decrypt, sealed), 'InvalidMessage');
    const short = { blockCipherMode: 'GCM', tagLength: 12 } as const;
    const truncated = { cryptographicParameters: short, authenticatedEncryptionTag: tag.slice(0, 12) };
    assert.deepEqual((await client.call(Decrypt, { ...sealed, ...truncated })).data, new Uint8Array(16));
    const cut = { ...sealed, authenticatedEncryptionTag: tag.slice(0, 4) };
    assert.equal(await client.refused(Decrypt, cut), 'InvalidField');
    assert.equal(await client.refused(Encrypt, { ...request, data: hex('00') }, [1, 3]), 'FeatureNotSupported');
  });

  it('decrypts ECB (CS-BC-M-5), and takes its parameters from the object', async () => {
    const key = hex('0123456789abcdef0123456789abcdef');
    const parameters: Attribute = { name: 'Cryptographic Parameters', value: { blockCipherMode: 'ECB' } };
    const uniqueIdentifier = await registerKey(client, key, [cipherMask, parameters]);
    const { data } = await client.call(Decrypt, {
      uniqueIdentifier,
      data: hex('d9bcce11b0b437b90239552df3a360c9'),
    });
    assert.deepEqual(data, hex('01020304050607080910111213141516'));
    assert.equal(await client.refused(Encrypt, { uniqueIdentifier, data: hex('01') }), 'CryptographicFailure');
  });

  it('pads CBC by PKCS#5 and chooses an IV where Random IV says so (CS-BC-M-13)', async () => {
    const uniqueIdentifier = await createKey(client, [
      active(),
      { name: 'Cryptographic Parameters', value: { blockCipherMode: 'CBC', paddingMethod: 'PKCS5', randomIv: true } },
    ]);
    const data = new Uint8Array(33).fill(7);
    const encrypted = await client.call(Encrypt, { uniqueIdentifier, data });
    assert.equal(encrypted.data?.length, 48);
    assert.equal(encrypted.ivCounterNonce?.length, 16);
    const again = await client.call(Encrypt, { uniqueIdentifier, data });
    assert.notDeepEqual(again.ivCounterNonce, encrypted.ivCounterNonce);
    const sealed = { uniqueIdentifier, data: encrypted.data };
    assert.equal(await client.refused(Decrypt, sealed), 'InvalidMessage');
    const opened = await client.call(Decrypt, { ...sealed, ivCounterNonce: encrypted.ivCounterNonce });
    assert.deepEqual(opened.data, data);
    const noRandom = { uniqueIdentifier, data, cryptographicParameters: { blockCipherMode: 'CBC' } } as const;
    assert.equal(await client.refused(Encrypt, noRandom), 'InvalidMessage');
  });

  for (const mode of ['CTR', 'CFB', 'OFB', 'XTS'] as const)
    it(`goes there and back in mode ${mode}`, async () => {
      const uniqueIdentifier = await registerKey(
        client,
        Uint8Array.from({ length: 32 }, (_, at) => at),
        [cipherMask],
      );
      const cryptographicParameters = { blockCipherMode: mode, randomIv: true };
      const data = new Uint8Array(20).fill(9);
      const sealed = await client.call(Encrypt, { uniqueIdentifier, cryptographicParameters, data });
      assert.notDeepEqual(sealed.data, data);
      const { data: encrypted, ivCounterNonce } = sealed;
      const opened = await client.call(Decrypt, {
        uniqueIdentifier,
        cryptographicParameters,
        data: encrypted,
        ivCounterNonce,
      });
      assert.deepEqual(opened.data, data);
    });

  it('holds to state, usage mask, Process Start and Protect Stop', async () => {
    const cryptographicParameters = { blockCipherMode: 'ECB' } as const;
    const data = new Uint8Array(16);
    const encrypt = (uniqueIdentifier: string) =>
      client.refused(Encrypt, { uniqueIdentifier, cryptographicParameters, data });
    const decrypts = (uniqueIdentifier: string) =>
      client.call(Decrypt, { uniqueIdentifier, cryptographicParameters, data });
    assert.equal(await encrypt(await createKey(client)), 'PermissionDenied');
    assert.equal(await encrypt(await createKey(client, [active(), mask('Decrypt')])), 'PermissionDenied');
    const early = await createKey(client, [active(), { name: 'Process Start Date', value: inHours(1) }]);
    assert.equal(await encrypt(early), 'PermissionDenied');
    const late = await createKey(client, [active(), { name: 'Protect Stop Date', value: inHours(0) }]);
    assert.equal(await encrypt(late), 'PermissionDenied');
    await decrypts(late);
    const revoked = await createKey(client, [active()]);
    const revocationReason = { revocationReasonCode: 'Superseded' } as const;
    await client.call(Revoke, { uniqueIdentifier: revoked, revocationReason });
    assert.equal(await encrypt(revoked), 'PermissionDenied');
    await decrypts(revoked);
  });

  it('counts what it protects against the Usage Limits', async () => {
    const limits: Attribute = { name: 'Usage Limits', value: { usageLimitsTotal: 40n, usageLimitsUnit: 'Byte' } };
    const uniqueIdentifier = await createKey(client, [active(), limits]);
    const request = { uniqueIdentifier, cryptographicParameters: { blockCipherMode: 'ECB' }, data: new Uint8Array(16) };
    const encrypt = { ...request, cryptographicParameters: { blockCipherMode: 'ECB' as const } };
    await client.call(Encrypt, encrypt);
    await client.call(Encrypt, encrypt);
    assert.equal(await client.refused(Encrypt, encrypt), 'PermissionDenied');
    await client.call(Decrypt, encrypt);
    const [left] = await attributesNamed(client, uniqueIdentifier, 'Usage Limits');
    assert.deepEqual(left?.value, { usageLimitsTotal: 40n, usageLimitsCount: 8n, usageLimitsUnit: 'Byte' });
  });

  it('makes and verifies HMACs', async () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    const uniqueIdentifier = await registerKey(client, key, [mask('MACGenerate', 'MACVerify')], 'HMAC_SHA256');
    const data = hex('010203');
    const { macData } = await client.call(MAC, { uniqueIdentifier, data });
    assert.deepEqual(Buffer.from(macData ?? []), createHmac('sha256', key).update(data).digest());
    const validity = async (claimed: Uint8Array | undefined) =>
      (await client.call(MACVerify, { uniqueIdentifier, data, macData: claimed })).validityIndicator;
    assert.equal(await validity(macData), 'Valid');
    assert.equal(await validity(macData?.slice(0, 31)), 'Invalid');
    assert.equal(await validity(new Uint8Array(32)), 'Invalid');
  });

  it('hashes, and gives random bytes', async () => {
    const cryptographicParameters = { hashingAlgorithm: 'SHA_256' } as const;
    const hashed = await client.call(Hash, { cryptographicParameters, data: hex('61') });
    assert.deepEqual(Buffer.from(hashed.data ?? []), createHash('sha256').update('a').digest());
    assert.equal(await client.refused(Hash, { cryptographicParameters: {}, data: hex('61') }), 'InvalidField');
    const [one, other] = [
      await client.call(RNGRetrieve, { dataLength: 32 }),
      await client.call(RNGRetrieve, { dataLength: 32 }),
    ];
    assert.equal(one.data.length, 32);
    assert.notDeepEqual(one.data, other.data);
    assert.equal(await client.refused(RNGRetrieve, { dataLength: 1_000_000 }), 'InvalidField');
    assert.deepEqual(await client.call(RNGSeed, { data: hex('0102') }), { dataLength: 0 });
  });

  const keyPair = async (privateUse: Attribute, publicUse: Attribute, attribute: readonly Attribute[]) =>
    await client.call(CreateKeyPair, {
      commonTemplateAttribute: { attribute: [active(), ...attribute] },
      privateKeyTemplateAttribute: { attribute: [privateUse] },
      publicKeyTemplateAttribute: { attribute: [publicUse] },
    });
  const rsa: readonly Attribute[] = [
    { name: 'Cryptographic Algorithm', value: 'RSA' },
    { name: 'Cryptographic Length', value: 2048 },
  ];

  it('signs and verifies with RSA, PKCS#1 and PSS, and with a digest of the client’s', async () => {
    const pair = await keyPair(mask('Sign'), mask('Verify'), rsa);
    const data = hex('01020304');
    const digestedData = Uint8Array.from(createHash('sha256').update(data).digest());
    const got = await client.call(Get, { uniqueIdentifier: pair.publicKeyUniqueIdentifier, keyFormatType: 'X_509' });
    const spki = Buffer.from(got.publicKey?.keyBlock.keyValue?.keyMaterial ?? []);
    for (const paddingMethod of ['PKCS1V1_5', 'PSS'] as const) {
      const cryptographicParameters = { paddingMethod, hashingAlgorithm: 'SHA_256' } as const;
      const request = { uniqueIdentifier: pair.privateKeyUniqueIdentifier, cryptographicParameters, data };
      const { signatureData = new Uint8Array() } = await client.call(Sign, request);
      const padding = paddingMethod === 'PSS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
      const key = { key: spki, format: 'der', type: 'spki', padding } as const;
      assert.ok(verify('sha256', data, key, signatureData));
      const uniqueIdentifier = pair.publicKeyUniqueIdentifier;
      const valid = await client.call(SignatureVerify, {
        uniqueIdentifier,
        cryptographicParameters,
        data,
        signatureData,
      });
      assert.equal(valid.validityIndicator, 'Valid');
      const other = { uniqueIdentifier, cryptographicParameters, data: hex('05'), signatureData };
      assert.equal((await client.call(SignatureVerify, other)).validityIndicator, 'Invalid');
    }
    const cryptographicParameters = { hashingAlgorithm: 'SHA_256' } as const;
    const bySignature = { uniqueIdentifier: pair.privateKeyUniqueIdentifier, cryptographicParameters, digestedData };
    const { signatureData } = await client.call(Sign, bySignature);
    const uniqueIdentifier = pair.publicKeyUniqueIdentifier;
    for (const signed of [{ data }, { digestedData }]) {
      const request = { uniqueIdentifier, cryptographicParameters, ...signed, signatureData };
      assert.equal((await client.call(SignatureVerify, request)).validityIndicator, 'Valid');
    }
  });

  it('signs and verifies with ECDSA', async () => {
    const pair = await keyPair(mask('Sign'), mask('Verify'), [
      { name: 'Cryptographic Algorithm', value: 'ECDSA' },
      { name: 'Cryptographic Domain Parameters', value: { recommendedCurve: 'P_256' } },
    ]);
    const data = hex('0102');
    const cryptographicParameters = { hashingAlgorithm: 'SHA_256' } as const;
    const signing = { uniqueIdentifier: pair.privateKeyUniqueIdentifier, cryptographicParameters, data };
    const { signatureData } = await client.call(Sign, signing);
    const verifying = { ...signing, uniqueIdentifier: pair.publicKeyUniqueIdentifier, signatureData };
    assert.equal((await client.call(SignatureVerify, verifying)).validityIndicator, 'Valid');
    const nonsense = { ...verifying, signatureData: hex('00') };
    assert.equal((await client.call(SignatureVerify, nonsense)).validityIndicator, 'Invalid');
    assert.equal(
      await client.refused(Sign, { ...signing, uniqueIdentifier: pair.publicKeyUniqueIdentifier }),
      'PermissionDenied',
    );
  });

  it('encrypts and decrypts with RSA, and reads keys that others made', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyMaterial = Uint8Array.from(privateKey.export({ format: 'der', type: 'pkcs8' }));
    const keyBlock = {
      keyFormatType: 'PKCS_8',
      keyValue: { keyMaterial },
      cryptographicAlgorithm: 'RSA',
      cryptographicLength: 2048,
    } as const;
    const { uniqueIdentifier } = await client.call(Register, {
      objectType: 'PrivateKey',
      templateAttribute: { attribute: [active(), mask('Decrypt')] },
      privateKey: { keyBlock },
    });
    const secret = hex('aabbcc');
    const options = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const data = Uint8Array.from(publicEncrypt(options, secret));
    const cryptographicParameters = { paddingMethod: 'OAEP', hashingAlgorithm: 'SHA_256' } as const;
    const opened = await client.call(Decrypt, { uniqueIdentifier, cryptographicParameters, data });
    assert.deepEqual(opened.data, secret);
    const broken = { uniqueIdentifier, cryptographicParameters, data: data.slice(1) };
    assert.equal(await client.refused(Decrypt, broken), 'CryptographicFailure');
  });
});
