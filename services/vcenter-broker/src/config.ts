import { commonSettings, databaseSettings, fileBytes, fileText, httpsSettings } from '@kagibako/runtime/config';

const secretSettings = {
  storageKey: fileBytes('KAGIBAKO_STORAGE_KEY_FILE', 'file with the 32 bytes that wrap private keys in the database'),
  signingKey: fileText('KAGIBAKO_SIGNING_KEY_FILE', 'PEM of the Ed25519 key that signs answers to hosts'),
} as const;

/** Settings of the service. */
export const settings = { ...commonSettings, ...databaseSettings, ...httpsSettings, ...secretSettings } as const;

/** Settings of `migrate`, which runs as the role that owns the database. */
export const migrateSettings = databaseSettings;

/** Settings of `provision`. */
export const provisionSettings = databaseSettings;
