import type { Fact } from '@kagibako/bus/facts';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { DeedContext } from './client-context.ts';
import { type ManagedObject, type Move, type ObjectDates, type StateName, stateAfter } from './managed-object.ts';
import { changeObject } from './store/objects.ts';
import type { StoredAttribute } from './stored-attribute.ts';

/** Moves an object by the state table, with its dates, audit entry and event. @throws KmipError Permission Denied */
export async function moveObject(
  context: DeedContext,
  object: ManagedObject,
  move: Move,
  change: {
    dates: Partial<ObjectDates>;
    attributes?: readonly StoredAttribute[];
    fact(state: StateName): Fact;
  },
): Promise<void> {
  const state = stateAfter(object.state, move);
  if (state === undefined) throw new KmipError('PermissionDenied', `cannot ${move} an object in state ${object.state}`);
  const audit = succeeded(context.asker, context.deed);
  const recorded = { audit, facts: [change.fact(state)], request: context.request };
  await changeObject(context.sql, recorded, context.client, {
    object,
    state,
    dates: { ...object, ...change.dates, lastChangeDate: context.now },
    attributes: change.attributes ?? [],
  });
}
