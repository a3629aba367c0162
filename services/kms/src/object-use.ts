import { attributeValue } from '@kagibako/kmip/attribute';
import type { AttributeValueOf } from '@kagibako/kmip/attributes';
import { CryptographicUsageMask } from '@kagibako/kmip/enums';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { ManagedObject, StateName } from './managed-object.ts';
import { checkPresent } from './object-material.ts';

/** Uses by their bit of the Cryptographic Usage Mask, and whether they protect data or process protected data (§3.22). */
const uses = {
  Encrypt: 'protects',
  Decrypt: 'processes',
  Sign: 'protects',
  Verify: 'processes',
  MACGenerate: 'protects',
  MACVerify: 'processes',
  WrapKey: 'protects',
  UnwrapKey: 'processes',
  DeriveKey: 'protects',
} as const satisfies Partial<Record<keyof typeof CryptographicUsageMask, 'protects' | 'processes'>>;

export type Use = keyof typeof uses;

const statesFor: Readonly<Record<'protects' | 'processes', readonly StateName[]>> = {
  protects: ['Active'],
  processes: ['Active', 'Deactivated', 'Compromised'],
};

/** Whether state, dates and usage mask allow a use now (KMIP 1.4 §3.19, §3.22, §3.25, §3.26). @throws KmipError */
export function checkUse(object: ManagedObject, use: Use, now: Date): void {
  checkPresent(object);
  const { state, attributes } = object;
  if (!statesFor[uses[use]].includes(state))
    throw new KmipError('PermissionDenied', `an object in state ${state} is not for ${use}`);
  const mask = attributeValue(attributes, 'Cryptographic Usage Mask') ?? 0;
  if ((mask & CryptographicUsageMask[use]) === 0)
    throw new KmipError('PermissionDenied', `the Cryptographic Usage Mask is without ${use}`);
  const start = attributeValue(attributes, 'Process Start Date');
  if (start !== undefined && start > now) throw new KmipError('PermissionDenied', 'before Process Start Date');
  const stop = attributeValue(attributes, 'Protect Stop Date');
  if (uses[use] === 'protects' && stop !== undefined && stop <= now)
    throw new KmipError('PermissionDenied', 'after Protect Stop Date');
}

export type Parameters = Partial<AttributeValueOf<'Cryptographic Parameters'>>;

/** Those of the request; the object's first where the request has none (KMIP 1.4 §4.29). */
export const parametersFor = ({ attributes }: ManagedObject, requested: Parameters | undefined): Parameters =>
  requested ?? attributeValue(attributes, 'Cryptographic Parameters') ?? {};

/** Operations are answered whole: nothing of them is kept between requests. */
export function refuseStreams(request: {
  correlationValue?: Uint8Array | undefined;
  initIndicator?: boolean | undefined;
  finalIndicator?: boolean | undefined;
}): void {
  if (request.correlationValue !== undefined || request.initIndicator === true)
    throw new KmipError('FeatureNotSupported', 'operations over several requests');
}

export function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new KmipError('InvalidMessage', `${name} is missing`);
  return value;
}
