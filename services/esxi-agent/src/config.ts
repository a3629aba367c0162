import { commonSettings, fileText, path, text } from '@kagibako/runtime/config';

/** Settings of the service. */
export const settings = {
  ...commonSettings,
  hostId: text('KAGIBAKO_HOST_ID', 'the host’s id, which is its datastore’s name too'),
  datastoreDirectory: path('KAGIBAKO_DATASTORE_DIRECTORY', 'the folder that is the datastore'),
  stateDirectory: path('KAGIBAKO_STATE_DIRECTORY', 'the folder with the host’s identity and its task journal'),
  brokerKey: fileText(
    'KAGIBAKO_BROKER_SIGNING_PUBLIC_KEY_FILE',
    'PEM of the Ed25519 key that signs the broker’s answers',
  ),
} as const;
