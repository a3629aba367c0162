import { MAC } from '@kagibako/kmip/operations/mac';
import { macOf } from '../macs.ts';
import { given } from '../object-use.ts';
import { countUse, openFor } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';

export const mac = handle(MAC, 'with the change', async (request, context) => {
  const data = given(request.data, 'Data');
  const opened = await openFor('MACGenerate', request, context);
  const macData = macOf(opened, data);
  await countUse(context, opened, data.length);
  return { uniqueIdentifier: opened.object.uniqueIdentifier, macData };
});
