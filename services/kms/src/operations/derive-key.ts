import { KeyMaterial } from '@kagibako/crypto/key-material';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { RequestOf } from '@kagibako/kmip/operation';
import { DeriveKey } from '@kagibako/kmip/operations/derive-key';
import type { DeedContext } from '../client-context.ts';
import { agree, derive } from '../derivations.ts';
import { asymmetricKey } from '../key-format.ts';
import type { ManagedObject } from '../managed-object.ts';
import { templateAttributes } from '../new-attributes.ts';
import { storeObject } from '../new-object.ts';
import { openMaterial } from '../object-material.ts';
import { checkUse } from '../object-use.ts';
import { handle, type OperationContext, onLineObject } from '../operation-handler.ts';
import { lengthOf, withLength } from '../symmetric-key.ts';
import { nameTaken } from './create.ts';

type Request = RequestOf<typeof DeriveKey>;

/** KMIP 1.4 §4.6: the new object has a Link to the first it came from. */
export const deriveKey = handle(DeriveKey, 'with the change', async (request, context) => {
  const { objectType } = request;
  if (objectType !== 'SymmetricKey' && objectType !== 'SecretData')
    throw new KmipError('InvalidField', `Derive Key makes no ${objectType}`);
  const asked = templateAttributes(request.templateAttribute);
  const attributes = objectType === 'SymmetricKey' ? withLength(asked) : asked;
  const lengthBits = lengthOf(attributes);
  if (lengthBits < 8 || lengthBits % 8 !== 0 || lengthBits > derivedBitsMax)
    throw new KmipError('InvalidField', `Cryptographic Length ${lengthBits}`);
  const bases = await Promise.all(request.uniqueIdentifier.map((id) => onLineObject(id, context)));
  for (const base of bases) checkBase(base, context);
  using material = KeyMaterial.move(await derived(request, bases, lengthBits / 8, context));
  const form =
    objectType === 'SymmetricKey'
      ? { keyFormatType: 'Raw' as const }
      : { keyFormatType: 'Opaque' as const, secretDataType: 'Seed' as const };
  const made = { objectType, attributes: [...attributes, ...linksTo(bases)], form, material };
  return { uniqueIdentifier: await storeObject(context, made).catch(nameTaken) };
});

const derivedBitsMax = 65_536;

function checkBase(base: ManagedObject, { now }: OperationContext): void {
  checkUse(base, 'DeriveKey', now);
  if (attributeValue(base.attributes, 'Usage Limits') !== undefined)
    throw new KmipError('InvalidField', 'an object with Usage Limits derives nothing here');
}

const linksTo = (bases: readonly ManagedObject[]): readonly Attribute[] =>
  bases.slice(0, 1).map(({ uniqueIdentifier: linkedObjectIdentifier }) => ({
    name: 'Link',
    value: { linkType: 'DerivationBaseObjectLink', linkedObjectIdentifier },
  }));

async function derived(
  { derivationMethod, derivationParameters }: Request,
  bases: readonly ManagedObject[],
  lengthBytes: number,
  context: DeedContext,
): Promise<Buffer> {
  if (derivationMethod === 'AsymmetricKey') return await agreed(bases, lengthBytes, context);
  const [base, second, ...more] = bases;
  if (base === undefined) throw new KmipError('InvalidMessage', 'Unique Identifier is missing');
  if (!secretTypes.has(base.objectType) || more.length > 0)
    throw new KmipError('InvalidField', 'the objects do not go with the Derivation Method');
  const { key } = await openMaterial(context, base.uniqueIdentifier);
  if (second === undefined) return await derive(derivationMethod, key.expose(), derivationParameters, lengthBytes);
  if (second.objectType !== 'SecretData')
    throw new KmipError('InvalidField', 'the second object is Secret Data, which is the Derivation Data');
  if (derivationParameters.derivationData !== undefined)
    throw new KmipError('InvalidMessage', 'Derivation Data is given twice');
  const data = await openMaterial(context, second.uniqueIdentifier);
  const parameters = { ...derivationParameters, derivationData: data.key.expose() };
  return await derive(derivationMethod, key.expose(), parameters, lengthBytes);
}

const secretTypes: ReadonlySet<string> = new Set(['SymmetricKey', 'SecretData']);

async function agreed(bases: readonly ManagedObject[], lengthBytes: number, context: DeedContext): Promise<Buffer> {
  const [own, peer] = ['PrivateKey', 'PublicKey'].map((type) => bases.find(({ objectType }) => objectType === type));
  if (bases.length !== 2 || own === undefined || peer === undefined)
    throw new KmipError('InvalidField', 'a private and a public key agree on a secret');
  const privateKey = asymmetricKey('PrivateKey', await openMaterial(context, own.uniqueIdentifier));
  const publicKey = asymmetricKey('PublicKey', await openMaterial(context, peer.uniqueIdentifier));
  return agree(privateKey, publicKey, lengthBytes);
}
