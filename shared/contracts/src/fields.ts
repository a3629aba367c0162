import { Type } from 'typebox';

/** Field schemas shared by requests, commands and events. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
export const Text = Type.String({ maxLength: 1024 });
export const Timestamp = Type.String({ maxLength: 40, description: 'RFC 3339, UTC' });
export const Base64 = Type.String({ maxLength: 16384, pattern: '^[A-Za-z0-9+/]*={0,2}$' });
/** `[datastore] folder/file`, as vSphere writes a file on a datastore. */
export const DatastorePath = Type.String({ maxLength: 1024, pattern: '^\\[[^\\]/]{1,64}\\] [^/\\0][^\\0]*$' });
/** A key on a provider: the provider's name and the KMS's Unique Identifier. */
export const CryptoKeyId = Type.Object({ providerId: Text, keyId: Text }, { additionalProperties: false });
export const Bytes = Type.Integer({ minimum: 0 });
