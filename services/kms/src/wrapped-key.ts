import { createCipheriv, createDecipheriv } from 'node:crypto';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { attributeValues } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { KeyWrappingData, KeyWrappingSpecification } from '@kagibako/kmip/objects';
import type { DeedContext } from './client-context.ts';
import type { ManagedObject } from './managed-object.ts';
import { openMaterial } from './object-material.ts';
import { checkUse, type Use } from './object-use.ts';
import { onLineObject } from './operation-handler.ts';
import { cryptographic } from './symmetric-cipher.ts';

/** RFC 3394 §2.2.3.1. */
const initialValue = Buffer.alloc(8, 0xa6);

/** Wraps the bytes of a key as the client asks (KMIP 1.4 §2.1.6); what is made is no secret. @throws KmipError */
export async function wrapped(
  context: DeedContext,
  specification: KeyWrappingSpecification,
  key: KeyMaterial,
): Promise<{ bytes: Uint8Array; keyWrappingData: KeyWrappingData }> {
  const { attributeName, ...wrapping } = specification;
  if (attributeName.length > 0)
    throw new KmipError('EncodingOptionError', 'attributes are wrapped with TTLV Encoding, which is not made here');
  const wrappingKey = await openWrappingKey(context, wrapping, 'WrapKey');
  const bytes = cryptographic(() => {
    const cipher = createCipheriv(cipherName(wrappingKey), wrappingKey.expose(), initialValue);
    return Buffer.concat([cipher.update(key.expose()), cipher.final()]);
  });
  return { bytes, keyWrappingData: wrapping };
}

/** The key inside a wrapped one, which the caller destroys. @throws KmipError */
export async function unwrapped(
  context: DeedContext,
  wrapping: KeyWrappingData,
  bytes: Uint8Array,
): Promise<KeyMaterial> {
  const wrappingKey = await openWrappingKey(context, wrapping, 'UnwrapKey');
  return cryptographic(() => {
    const decipher = createDecipheriv(cipherName(wrappingKey), wrappingKey.expose(), initialValue);
    const [first, last] = [decipher.update(bytes), decipher.final()];
    const key = KeyMaterial.move(Buffer.concat([first, last]));
    first.fill(0);
    last.fill(0);
    return key;
  });
}

const cipherName = ({ length }: KeyMaterial): string => `id-aes${length * 8}-wrap`;

async function openWrappingKey(context: DeedContext, wrapping: KeyWrappingData, use: Use): Promise<KeyMaterial> {
  const { wrappingMethod, encryptionKeyInformation, encodingOption } = wrapping;
  if (wrappingMethod !== 'Encrypt' || encryptionKeyInformation === undefined)
    throw new KmipError('FeatureNotSupported', `Wrapping Method ${wrappingMethod}`);
  if (wrapping.macSignatureKeyInformation !== undefined || wrapping.ivCounterNonce !== undefined)
    throw new KmipError('FeatureNotSupported', 'keys are wrapped by encryption alone, without an IV');
  // Absent means TTLV Encoding (KMIP 1.4 §2.1.5).
  if (encodingOption !== 'NoEncoding') throw new KmipError('EncodingOptionError', 'keys are wrapped with No Encoding');
  const object = await onLineObject(encryptionKeyInformation.uniqueIdentifier, context);
  if (object.objectType !== 'SymmetricKey')
    throw new KmipError('IllegalOperation', `a ${object.objectType} wraps nothing here`);
  checkUse(object, use, context.now);
  checkMode(object, encryptionKeyInformation.cryptographicParameters?.blockCipherMode);
  return (await openMaterial(context, object.uniqueIdentifier)).key;
}

/** The parameters asked for are among the key's own, where it has some; AES Key Wrap is the one that is made. */
function checkMode({ attributes }: ManagedObject, asked: string | undefined): void {
  const own = attributeValues(attributes, 'Cryptographic Parameters').map(({ blockCipherMode }) => blockCipherMode);
  const mode = asked ?? own[0];
  if (own.length > 0 && !own.some((one) => one === mode))
    throw new KmipError('ItemNotFound', 'the wrapping key has no such Cryptographic Parameters');
  if (mode !== 'NISTKeyWrap') throw new KmipError('FeatureNotSupported', `wrapping in mode ${mode ?? 'none'}`);
}
