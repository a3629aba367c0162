import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Revoke } from '@kagibako/kmip/operations/revoke';
import { eventBody } from '../object-material.ts';
import { moveObject } from '../object-moves.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { storeAttribute } from '../stored-attribute.ts';

/** A compromised key is Compromised, one revoked for another reason Deactivated (KMIP 1.4 §4.20). */
export const revoke = handle(Revoke, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { uniqueIdentifier } = object;
  const { revocationReasonCode } = request.revocationReason;
  const compromised = revocationReasonCode === 'KeyCompromise' || revocationReasonCode === 'CACompromise';
  const compromiseDates = {
    compromiseDate: context.now,
    compromiseOccurrenceDate: request.compromiseOccurrenceDate ?? object.initialDate,
  };
  await moveObject(context, object, compromised ? 'compromise' : 'deactivate', {
    dates: compromised ? compromiseDates : { deactivationDate: context.now },
    attributes: [storeAttribute({ name: 'Revocation Reason', value: request.revocationReason })],
    fact: (state) => eventFact('keyRevoked', randomUUID(), { ...eventBody(context), uniqueIdentifier, state }),
  });
  return { uniqueIdentifier };
});
