import { DiscoverVersions } from '@kagibako/kmip/operations/discover-versions';
import { commonVersions } from '@kagibako/kmip/version';
import { handle } from '../operation-handler.ts';

export const discoverVersions = handle(DiscoverVersions, 'not at all', async ({ protocolVersion }) => ({
  protocolVersion: commonVersions(protocolVersion),
}));
