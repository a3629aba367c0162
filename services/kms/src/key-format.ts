import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { ObjectTypeName } from './managed-object.ts';
import type { KeyFormatName } from './object-form.ts';
import type { OpenMaterial } from './object-material.ts';

/** Formats of KMIP and what node:crypto calls them. */
const privateFormats = { PKCS_1: 'pkcs1', PKCS_8: 'pkcs8', ECPrivateKey: 'sec1' } as const;
const publicFormats = { PKCS_1: 'pkcs1', X_509: 'spki' } as const;

const isPrivateFormat = (format: string): format is keyof typeof privateFormats =>
  Object.hasOwn(privateFormats, format);
const isPublicFormat = (format: string): format is keyof typeof publicFormats => Object.hasOwn(publicFormats, format);

/** A stored private or public key, or the public key of a certificate, for node:crypto. @throws KmipError */
export function asymmetricKey(objectType: ObjectTypeName, { key, form }: OpenMaterial): KeyObject {
  const der = Buffer.from(key.expose().buffer, key.expose().byteOffset, key.length);
  const format = form.keyFormatType ?? '';
  try {
    if (objectType === 'PrivateKey' && isPrivateFormat(format))
      return createPrivateKey({ key: der, format: 'der', type: privateFormats[format] });
    if (objectType === 'PublicKey' && isPublicFormat(format))
      return createPublicKey({ key: der, format: 'der', type: publicFormats[format] });
    if (objectType === 'Certificate') return createPublicKey(certificatePem(der));
  } catch (error) {
    throw new KmipError('CryptographicFailure', 'the stored key cannot be read', { cause: error });
  }
  throw new KmipError('PermissionDenied', `a ${objectType} in format ${format} is no key for this`);
}

const certificatePem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;

/** The bytes of a key in one of KMIP's formats; the caller destroys them. @throws KmipError */
export function keyBytes(key: KeyObject, format: KeyFormatName): KeyMaterial {
  try {
    if (key.type === 'private' && isPrivateFormat(format)) return exported(key, privateFormats[format]);
    if (key.type === 'public' && isPublicFormat(format)) return exported(key, publicFormats[format]);
  } catch (error) {
    throw notIn(format, error);
  }
  throw notIn(format);
}

const exported = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1' | 'spki'): KeyMaterial =>
  // The type is one of those that a key of this kind has.
  KeyMaterial.move(key.export({ format: 'der', type: type as 'pkcs1' }));

/** The material in the format asked for; as it is stored unless one is. What is made for it is among `secrets`. */
export function inFormat(
  objectType: ObjectTypeName,
  stored: OpenMaterial,
  format: KeyFormatName | undefined,
  secrets: KeyMaterial[],
): OpenMaterial {
  if (format === undefined || format === stored.form.keyFormatType) return stored;
  if (objectType !== 'PrivateKey' && objectType !== 'PublicKey') throw notIn(format);
  const key = keyBytes(asymmetricKey(objectType, stored), format);
  secrets.push(key);
  return { key, form: { ...stored.form, keyFormatType: format } };
}

const notIn = (format: string, cause?: unknown): KmipError =>
  new KmipError('KeyFormatTypeNotSupported', `the object cannot be given as ${format}`, { cause });
