import { operation } from '../operation.ts';
import { many } from '../schema.ts';
import { protocolVersion } from '../structures.ts';

/** Asks which versions the server speaks, newest first. KMIP 1.4 §4.26. */
export const DiscoverVersions = operation({
  name: 'DiscoverVersions',
  since: [1, 1],
  request: { protocolVersion: many(protocolVersion) },
  response: { protocolVersion: many(protocolVersion) },
});
