import { randomUUID } from 'node:crypto';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { ReKey } from '@kagibako/kmip/operations/re-key';
import { templateAttributes } from '../new-attributes.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { checkReplaceable, markReplaced, replacementAttributes } from '../replacement.ts';
import { createSymmetricKey } from '../symmetric-key.ts';
import { nameTaken } from './create.ts';

export const reKey = handle(
  ReKey,
  'with the change',
  async (request, context) => {
    const old = await objectOf(request, context);
    if (old.objectType !== 'SymmetricKey')
      throw new KmipError('PermissionDenied', `a ${old.objectType} is not re-keyed`);
    checkReplaceable(old);
    const asked = templateAttributes(request.templateAttribute);
    const attributes = replacementAttributes(old, asked, request.offset, context.now);
    const uniqueIdentifier = randomUUID();
    await markReplaced(context, old, uniqueIdentifier);
    await createSymmetricKey(context, attributes, { uniqueIdentifier, followsOthers: true }).catch(nameTaken);
    return { uniqueIdentifier };
  },
  'several statements',
);
