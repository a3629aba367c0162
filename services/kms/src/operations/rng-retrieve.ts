import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { RNGRetrieve } from '@kagibako/kmip/operations/rng-retrieve';
import { handle } from '../operation-handler.ts';

/** crypto.getRandomValues gives no more at once. */
const randomBytesMax = 65_536;

export const rngRetrieve = handle(RNGRetrieve, 'before the answer', async ({ dataLength }, { secrets }) => {
  if (dataLength < 1 || dataLength > randomBytesMax)
    throw new KmipError('InvalidField', `Data Length is 1 to ${randomBytesMax}`);
  const random = KeyMaterial.random(dataLength);
  secrets.push(random);
  return { data: random.expose() };
});
