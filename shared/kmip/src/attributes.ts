import { CertificateType, CryptographicAlgorithm, DigitalSignatureAlgorithm, ObjectType, State } from './enums.ts';
import { boolean, dateTime, enumeration, type Field, integer, interval, type Occurs, text } from './schema.ts';
import {
  alternativeName,
  applicationSpecificInformation,
  cryptographicDomainParameters,
  cryptographicParameters,
  digest,
  keyValueLocation,
  link,
  name,
  randomNumberGenerator,
  revocationReason,
  usageLimits,
  x509CertificateIdentifier,
  x509CertificateIssuer,
  x509CertificateSubject,
} from './structures.ts';
import type { ProtocolVersion } from './version.ts';

/** What KMIP's table of an attribute (1.4 §3) says: who gives it its value, and what a client may do with it later. */
export interface AttributeRules {
  readonly multiple: boolean;
  readonly setBy: 'server' | 'client' | 'either';
  /** Some also ask for a state: Activation Date while Pre-Active, for one (§3.22). */
  readonly clientMayModify: boolean;
  readonly clientMayDelete: boolean;
  readonly since: ProtocolVersion;
}

interface AttributeRow<Out, In = Out> extends AttributeRules {
  /** The value under the tag it has from KMIP 2.0 on; 1.x puts the same value into Attribute Value. */
  readonly field: Field<Out, Occurs, In>;
}

type Rule = 'server' | 'either fixed' | 'client fixed' | 'client modifies' | 'client owns';

const rules: Readonly<Record<Rule, Pick<AttributeRules, 'setBy' | 'clientMayModify' | 'clientMayDelete'>>> = {
  server: { setBy: 'server', clientMayModify: false, clientMayDelete: false },
  'either fixed': { setBy: 'either', clientMayModify: false, clientMayDelete: false },
  'client fixed': { setBy: 'client', clientMayModify: false, clientMayDelete: false },
  'client modifies': { setBy: 'either', clientMayModify: true, clientMayDelete: false },
  'client owns': { setBy: 'client', clientMayModify: true, clientMayDelete: true },
};

function single<Out, In>(rule: Rule, of: Field<Out, Occurs, In>): AttributeRow<Out, In> {
  return { field: of, multiple: false, since: of.since, ...rules[rule] };
}

function multiple<Out, In>(rule: Rule, of: Field<Out, Occurs, In>): AttributeRow<Out, In> {
  return { field: of, multiple: true, since: of.since, ...rules[rule] };
}

/** Every attribute of KMIP 1.0 to 1.4 by its 1.x name (1.4 §3), custom ones aside. */
export const attributes = {
  'Unique Identifier': single('server', text('UniqueIdentifier')),
  Name: multiple('client owns', name),
  'Object Type': single('server', enumeration('ObjectType', ObjectType)),
  'Cryptographic Algorithm': single('client fixed', enumeration('CryptographicAlgorithm', CryptographicAlgorithm)),
  'Cryptographic Length': single('client fixed', integer('CryptographicLength')),
  'Cryptographic Parameters': multiple('client owns', cryptographicParameters),
  'Cryptographic Domain Parameters': single('client fixed', cryptographicDomainParameters),
  'Certificate Type': single('server', enumeration('CertificateType', CertificateType)),
  'Certificate Length': single('server', integer('CertificateLength')),
  'X.509 Certificate Identifier': single('server', x509CertificateIdentifier),
  'X.509 Certificate Subject': single('server', x509CertificateSubject),
  'X.509 Certificate Issuer': single('server', x509CertificateIssuer),
  'Digital Signature Algorithm': multiple(
    'server',
    enumeration('DigitalSignatureAlgorithm', DigitalSignatureAlgorithm),
  ),
  Digest: multiple('server', digest),
  'Operation Policy Name': single('either fixed', text('OperationPolicyName')),
  'Cryptographic Usage Mask': single('client fixed', integer('CryptographicUsageMask')),
  'Lease Time': single('server', interval('LeaseTime')),
  'Usage Limits': single('client owns', usageLimits),
  State: single('server', enumeration('State', State)),
  'Initial Date': single('server', dateTime('InitialDate')),
  'Activation Date': single('client modifies', dateTime('ActivationDate')),
  'Process Start Date': single('client modifies', dateTime('ProcessStartDate')),
  'Protect Stop Date': single('client modifies', dateTime('ProtectStopDate')),
  'Deactivation Date': single('client modifies', dateTime('DeactivationDate')),
  'Destroy Date': single('server', dateTime('DestroyDate')),
  'Compromise Occurrence Date': single('server', dateTime('CompromiseOccurrenceDate')),
  'Compromise Date': single('server', dateTime('CompromiseDate')),
  'Revocation Reason': single('server', revocationReason),
  'Archive Date': single('server', dateTime('ArchiveDate')),
  'Object Group': multiple('client owns', text('ObjectGroup')),
  Fresh: single('server', boolean('Fresh')),
  Link: multiple('client owns', link),
  'Application Specific Information': multiple('client owns', applicationSpecificInformation),
  'Contact Information': single('client owns', text('ContactInformation')),
  'Last Change Date': single('server', dateTime('LastChangeDate')),
  'Alternative Name': multiple('client owns', alternativeName),
  'Key Value Present': single('server', boolean('KeyValuePresent')),
  'Key Value Location': multiple('client owns', keyValueLocation),
  'Original Creation Date': single('either fixed', dateTime('OriginalCreationDate')),
  'Random Number Generator': single('either fixed', randomNumberGenerator),
  'PKCS#12 Friendly Name': single('client owns', text('PKCS_12FriendlyName')),
  Description: single('client owns', text('Description')),
  Comment: single('client owns', text('Comment')),
  Sensitive: single('client modifies', boolean('Sensitive')),
  'Always Sensitive': single('server', boolean('AlwaysSensitive')),
  Extractable: single('client modifies', boolean('Extractable')),
  'Never Extractable': single('server', boolean('NeverExtractable')),
} as const;

export type AttributeName = keyof typeof attributes;
export type CustomAttributeName = `x-${string}` | `y-${string}`;
export type AttributeValueOf<Name extends AttributeName> =
  (typeof attributes)[Name] extends AttributeRow<infer Out, never> ? Out : never;

export function isAttributeName(attributeName: string): attributeName is AttributeName {
  return Object.hasOwn(attributes, attributeName);
}

/** KMIP 1.4 §3.39: x- attributes are the client's, y- attributes the server's. */
export function isCustomAttributeName(attributeName: string): attributeName is CustomAttributeName {
  return attributeName.startsWith('x-') || attributeName.startsWith('y-');
}

/** The rules of an attribute by its 1.x name; undefined for a name that KMIP does not have. */
export function attributeRules(attributeName: string): AttributeRules | undefined {
  if (isAttributeName(attributeName)) return attributes[attributeName];
  if (!isCustomAttributeName(attributeName)) return undefined;
  return { multiple: true, since: [1, 0], ...rules[attributeName.startsWith('x-') ? 'client owns' : 'server'] };
}
