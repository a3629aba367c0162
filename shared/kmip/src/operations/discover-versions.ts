import { operation } from '../operation.ts';
import { many } from '../schema.ts';
import { protocolVersion } from '../structures.ts';

/**
 * Asks which versions the server speaks, newest first. KMIP 1.4 §4.26. It came with 1.1, but who does not know yet what
 * to speak may ask in any version.
 */
export const DiscoverVersions = operation({
  name: 'DiscoverVersions',
  since: [1, 0],
  request: { protocolVersion: many(protocolVersion) },
  response: { protocolVersion: many(protocolVersion) },
});
