import { RNGSeed } from '@kagibako/kmip/operations/rng-seed';
import { handle } from '../operation-handler.ts';

/** The operating system seeds the generator; of the client's bytes none are used, and it is told so (KMIP 1.4 §4.36). */
export const rngSeed = handle(RNGSeed, 'before the answer', async () => ({ dataLength: 0 }));
