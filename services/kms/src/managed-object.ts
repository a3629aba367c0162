import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import type { ObjectType, State } from '@kagibako/kmip/enums';

export type StateName = keyof typeof State;
export type ObjectTypeName = keyof typeof ObjectType;

/** What can happen to an object's state, by request or when a date comes. */
export type Move = 'activate' | 'deactivate' | 'compromise' | 'destroy';

/** States and the moves out of them (KMIP 1.4 §3.22). What is not here is refused. */
export const transitions = {
  PreActive: { activate: 'Active', compromise: 'Compromised', destroy: 'Destroyed' },
  Active: { deactivate: 'Deactivated', compromise: 'Compromised' },
  Deactivated: { compromise: 'Compromised', destroy: 'Destroyed' },
  Compromised: { destroy: 'DestroyedCompromised' },
  Destroyed: { compromise: 'DestroyedCompromised' },
  DestroyedCompromised: {},
} as const satisfies Record<StateName, Partial<Record<Move, StateName>>>;

/** Where a move leads; undefined where the state does not allow it. */
export function stateAfter(state: StateName, move: Move): StateName | undefined {
  const moves: Partial<Record<Move, StateName>> = transitions[state];
  return moves[move];
}

/** What the server itself sets, in whole seconds. */
export interface ObjectDates {
  initialDate: Date;
  lastChangeDate: Date;
  activationDate?: Date | undefined;
  deactivationDate?: Date | undefined;
  compromiseDate?: Date | undefined;
  compromiseOccurrenceDate?: Date | undefined;
  destroyDate?: Date | undefined;
}

/** A KMIP Managed Object without its key material. */
export interface ManagedObject extends ObjectDates {
  uniqueIdentifier: string;
  objectType: ObjectTypeName;
  state: StateName;
  /** Counts changes; a change applies to the revision it was decided on and to no other. */
  revision: number;
  /** Those that are rows; the server's own are made by attributesOf. */
  attributes: readonly Attribute[];
}

/** The state that the dates have brought about by `now` (KMIP 1.4 §3.22, transitions 4 and 6). */
export function stateByDates(
  state: StateName,
  { activationDate, deactivationDate }: Pick<ObjectDates, 'activationDate' | 'deactivationDate'>,
  now: Date,
): StateName {
  const active = state === 'PreActive' && activationDate !== undefined && activationDate <= now ? 'Active' : state;
  return active === 'Active' && deactivationDate !== undefined && deactivationDate <= now ? 'Deactivated' : active;
}

/** Every attribute of an object, those first that the server sets. */
export function attributesOf(object: ManagedObject): readonly Attribute[] {
  const own: readonly Attribute[] = [
    { name: 'Unique Identifier', value: object.uniqueIdentifier },
    { name: 'Object Type', value: object.objectType },
    { name: 'State', value: object.state },
    { name: 'Initial Date', value: object.initialDate },
    ...dated('Activation Date', object.activationDate),
    ...dated('Deactivation Date', object.deactivationDate),
    ...dated('Compromise Occurrence Date', object.compromiseOccurrenceDate),
    ...dated('Compromise Date', object.compromiseDate),
    ...dated('Destroy Date', object.destroyDate),
    { name: 'Last Change Date', value: object.lastChangeDate },
  ];
  return [...own, ...protections(object), ...object.attributes];
}

/** KMIP 1.4 §3.49 to §3.52, where nobody said otherwise: keys may leave, and always might. */
function protections({ objectType, attributes }: ManagedObject): readonly Attribute[] {
  if (!secretTypes.has(objectType)) return [];
  const sensitive = attributeValue(attributes, 'Sensitive') ?? false;
  const extractable = attributeValue(attributes, 'Extractable') ?? true;
  const derived: readonly Attribute[] = [
    { name: 'Sensitive', value: sensitive },
    { name: 'Always Sensitive', value: sensitive },
    { name: 'Extractable', value: extractable },
    { name: 'Never Extractable', value: !extractable },
  ];
  return derived.filter(({ name }) => !attributes.some((one) => one.name === name));
}

const secretTypes: ReadonlySet<ObjectTypeName> = new Set<ObjectTypeName>(['SymmetricKey', 'PrivateKey', 'SecretData']);

type DateName =
  | 'Activation Date'
  | 'Deactivation Date'
  | 'Compromise Occurrence Date'
  | 'Compromise Date'
  | 'Destroy Date';

const dated = (name: DateName, value: Date | undefined): readonly Attribute[] =>
  value === undefined ? [] : [{ name, value }];

/** KMIP's dates have whole seconds. */
export const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
