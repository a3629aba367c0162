import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonical } from '@kagibako/crypto/canonical';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { generateExchangeKey, openSealed, SealError, seal } from '@kagibako/crypto/seal';
import { deriveSessionKey, openMessage, sealMessage } from '@kagibako/crypto/session-seal';
import fc from 'fast-check';

const info = canonical('test', []);
const associatedData = canonical('test associated data', ['a']);
const plaintext = new Uint8Array(32).fill(0x5a);

describe('sealing to a public key', () => {
  it('opens with the private half, the same info and the same associated data', async () => {
    const key = await generateExchangeKey();
    const opened = await openSealed(
      key,
      info,
      associatedData,
      await seal(key.publicKey, info, associatedData, plaintext),
    );
    assert.deepEqual([...opened.expose()], [...plaintext]);
  });

  it('opens with nothing else', async () => {
    const key = await generateExchangeKey();
    const sealed = await seal(key.publicKey, info, associatedData, plaintext);
    const flipped = {
      ...sealed,
      ciphertext: Uint8Array.from(sealed.ciphertext, (byte, at) => (at === 3 ? byte ^ 1 : byte)),
    };
    await assert.rejects(openSealed(await generateExchangeKey(), info, associatedData, sealed), SealError);
    await assert.rejects(openSealed(key, canonical('other', []), associatedData, sealed), SealError);
    await assert.rejects(openSealed(key, info, canonical('test associated data', ['b']), sealed), SealError);
    await assert.rejects(openSealed(key, info, associatedData, flipped), SealError);
    await assert.rejects(
      openSealed(key, info, associatedData, { ...sealed, encapsulatedKey: new Uint8Array(32) }),
      SealError,
    );
    await assert.rejects(
      openSealed(key, info, associatedData, { ...sealed, ciphertext: new Uint8Array(3) }),
      SealError,
    );
  });
});

describe('session sealing', () => {
  const secret = KeyMaterial.take(new Uint8Array(32).fill(1));
  const key = deriveSessionKey(secret, 'session', 'request');

  it('is the inverse of opening, for any bytes and any counter', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_096 }), fc.nat(), (bytes, counter) => {
        assert.deepEqual(
          [...openMessage(key, associatedData, sealMessage(key, counter, associatedData, bytes))],
          [...bytes],
        );
      }),
    );
  });

  it('does not open under another writer, session or associated data, or with any bit flipped', () => {
    const sealed = sealMessage(key, 1, associatedData, plaintext);
    assert.throws(
      () => openMessage(deriveSessionKey(secret, 'session', 'answer:1'), associatedData, sealed),
      SealError,
    );
    assert.throws(() => openMessage(deriveSessionKey(secret, 'other', 'request'), associatedData, sealed), SealError);
    assert.throws(() => openMessage(key, info, sealed), SealError);
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 0x80 : byte));
      assert.throws(() => openMessage(key, associatedData, flipped), SealError);
    }
  });

  it('seals the same bytes differently at each counter', () => {
    assert.notDeepEqual(sealMessage(key, 1, associatedData, plaintext), sealMessage(key, 2, associatedData, plaintext));
  });
});

describe('key material', () => {
  it('prints nothing of itself and is zero after it was destroyed', () => {
    const bytes = new Uint8Array(32).fill(0xab);
    const material = KeyMaterial.take(bytes);
    assert.equal(`${material}${JSON.stringify({ material })}`, '[key material]{"material":"[key material]"}');
    material.destroy();
    assert.ok(bytes.every((byte) => byte === 0));
    assert.throws(() => material.expose(), /destroyed/);
  });
});
