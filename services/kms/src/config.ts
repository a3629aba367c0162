import {
  commonSettings,
  databaseSettings,
  fileBytes,
  httpsSettings,
  integer,
  path,
  text,
} from '@kagibako/runtime/config';

const rootSettings = {
  rootFile: path('KAGIBAKO_ROOT_FILE', 'the sealed file that holds the master key'),
  rootPassphrase: fileBytes('KAGIBAKO_ROOT_PASSPHRASE_FILE', 'file with the passphrase that opens it'),
  region: text('KAGIBAKO_REGION', 'the region that instances of this deployment are in', { fallback: 'lab' }),
} as const;

const kmipSettings = {
  timeStampWindowSeconds: integer(
    'KAGIBAKO_TIME_STAMP_WINDOW_SECONDS',
    'how far the Time Stamp of a KMIP request may be from now',
    { fallback: 60 },
  ),
} as const;

/** Settings of the service. */
export const settings = {
  ...commonSettings,
  ...databaseSettings,
  ...httpsSettings,
  ...rootSettings,
  ...kmipSettings,
} as const;

/** Settings of `migrate`, which runs as the role that owns the database. */
export const migrateSettings = databaseSettings;

/** Settings of `provision`. */
export const provisionSettings = { ...databaseSettings, ...rootSettings } as const;
