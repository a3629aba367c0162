import { timingSafeEqual } from 'node:crypto';
import { MACVerify } from '@kagibako/kmip/operations/mac-verify';
import { macOf } from '../macs.ts';
import { given } from '../object-use.ts';
import { openFor } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';

export const macVerify = handle(MACVerify, 'with the change', async (request, context) => {
  const data = given(request.data, 'Data');
  const claimed = given(request.macData, 'MAC Data');
  const opened = await openFor('MACVerify', request, context);
  const made = macOf(opened, data);
  const valid = made.length === claimed.length && timingSafeEqual(made, claimed);
  return {
    uniqueIdentifier: opened.object.uniqueIdentifier,
    validityIndicator: valid ? ('Valid' as const) : ('Invalid' as const),
  };
});
