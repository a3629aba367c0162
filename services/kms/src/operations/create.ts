import { Failure } from '@kagibako/contracts/failures';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { Create } from '@kagibako/kmip/operations/create';
import { templateAttributes } from '../new-attributes.ts';
import { handle } from '../operation-handler.ts';
import { createSymmetricKey } from '../symmetric-key.ts';

export const create = handle(Create, 'with the change', async ({ objectType, templateAttribute }, context) => {
  if (objectType !== 'SymmetricKey') throw new KmipError('InvalidField', `Create makes no ${objectType}`);
  const uniqueIdentifier = await createSymmetricKey(context, templateAttributes(templateAttribute)).catch(nameTaken);
  return { objectType, uniqueIdentifier };
});

/** KMIP 1.4 §11.1: a Name that another object has is an Invalid Field here, though not for Add Attribute. */
export function nameTaken(error: unknown): never {
  if (error instanceof Failure && error.code === 'AlreadyExists')
    throw new KmipError('InvalidField', error.message, { cause: error });
  throw error;
}
