import { isSubjectToken } from '@kagibako/contracts/subjects';
import { commonSettings, path, type Setting } from '@kagibako/runtime/config';

const hostId: Setting<string> = {
  variable: 'KAGIBAKO_HOST_ID',
  help: 'this host’s id: a token of its subjects, the name of its datastore and of its consumer',
  read: (value) => {
    if (!isSubjectToken(value)) throw new Error('must be 1 to 64 letters, digits, "-" or "_"');
    return value;
  },
};

/** Settings of the service. */
export const settings = {
  ...commonSettings,
  hostId,
  datastoreDirectory: path('KAGIBAKO_DATASTORE_DIRECTORY', 'the folder that is this host’s datastore'),
  stateDirectory: path('KAGIBAKO_STATE_DIRECTORY', 'folder of its identity, task journal and pending changes'),
  brokerKeyFile: path('KAGIBAKO_BROKER_SIGNING_PUBLIC_KEY_FILE', 'PEM of the key that signs the broker’s answers'),
} as const;
