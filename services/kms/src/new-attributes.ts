import type { Attribute } from '@kagibako/kmip/attribute';
import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';

/** What an object can have, so that one client cannot fill the database with one object. */
export const attributeLimits = { nameCharactersMax: 256, perObjectMax: 1_000 } as const;

/** A name that can be stored and searched for. */
export function checkAttributeName(name: string): void {
  if (name.length > attributeLimits.nameCharactersMax || name.includes('\0'))
    throw new KmipError(
      'InvalidField',
      `an attribute name has at most ${attributeLimits.nameCharactersMax} characters`,
    );
}

/** Attributes that a client may give a new object (KMIP 1.4 §3): each may be set by clients, and none comes too often. */
export function checkNewAttributes(attributes: readonly Attribute[]): void {
  if (attributes.length > attributeLimits.perObjectMax)
    throw new KmipError('IndexOutOfBounds', `an object has at most ${attributeLimits.perObjectMax} attributes`);
  for (const { name } of attributes) {
    checkAttributeName(name);
    const rules = attributeRules(name);
    if (rules === undefined || rules.setBy === 'server')
      throw new KmipError('InvalidField', `${name} is set by the server alone`);
    if (!rules.multiple && attributes.filter((one) => one.name === name).length > 1)
      throw new KmipError('InvalidField', `${name} has one value`);
  }
}

/** What Template-Attributes give a new object; a Template that they name is not there (KMIP 1.4 §2.1.8). */
export function templateAttributes(
  ...templates: readonly ({ name: readonly unknown[]; attribute: readonly Attribute[] } | undefined)[]
): readonly Attribute[] {
  if (templates.some((template) => (template?.name.length ?? 0) > 0))
    throw new KmipError('ItemNotFound', 'there are no Template objects here');
  const attributes = templates.flatMap((template) => template?.attribute ?? []);
  checkNewAttributes(attributes);
  return attributes;
}

/** KMIP 1.4 §2.1.1: instances of an attribute have the indexes 0, 1, 2 … in the order they came. */
export function numberInstances(attributes: readonly Attribute[]): Attribute[] {
  const next = new Map<string, number>();
  return attributes.map((one) => {
    const index = next.get(one.name) ?? 0;
    next.set(one.name, index + 1);
    return { ...one, index };
  });
}
