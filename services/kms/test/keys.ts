import type { Attribute } from '@kagibako/kmip/attribute';
import { CryptographicUsageMask } from '@kagibako/kmip/enums';
import { Create } from '@kagibako/kmip/operations/create';
import { Get } from '@kagibako/kmip/operations/get';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { Register } from '@kagibako/kmip/operations/register';
import type { TestClient } from './kms.ts';

export const mask = (...uses: readonly (keyof typeof CryptographicUsageMask)[]): Attribute => ({
  name: 'Cryptographic Usage Mask',
  value: uses.reduce((all, use) => all | CryptographicUsageMask[use], 0),
});

export const text = (value: string) => ({ type: 'TextString' as const, value });

/** An hour ago: who has this Activation Date is Active. */
export const active = (): Attribute => ({ name: 'Activation Date', value: new Date(Date.now() - 3_600_000) });

export async function createKey(client: TestClient, more: readonly Attribute[] = []): Promise<string> {
  const attribute: Attribute[] = [
    { name: 'Cryptographic Algorithm', value: 'AES' },
    { name: 'Cryptographic Length', value: 256 },
    ...(more.some(({ name }) => name === 'Cryptographic Usage Mask') ? [] : [mask('Encrypt', 'Decrypt')]),
    ...more,
  ];
  const made = await client.call(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } });
  return made.uniqueIdentifier;
}

/** Registers a Symmetric Key, Active, of these bytes. */
export async function registerKey(
  client: TestClient,
  keyMaterial: Uint8Array,
  attribute: readonly Attribute[],
  cryptographicAlgorithm: 'AES' | 'DES3' | 'HMAC_SHA256' = 'AES',
): Promise<string> {
  const keyBlock = {
    keyFormatType: 'Raw' as const,
    keyValue: { keyMaterial },
    cryptographicAlgorithm,
    cryptographicLength: keyMaterial.length * 8,
  };
  const templateAttribute = { attribute: [active(), ...attribute] };
  const made = await client.call(Register, {
    objectType: 'SymmetricKey',
    templateAttribute,
    symmetricKey: { keyBlock },
  });
  return made.uniqueIdentifier;
}

export async function attributesNamed(client: TestClient, uniqueIdentifier: string, ...attributeName: string[]) {
  return (await client.call(GetAttributes, { uniqueIdentifier, attributeName })).attribute;
}

export async function stateOf(client: TestClient, uniqueIdentifier: string): Promise<unknown> {
  return (await attributesNamed(client, uniqueIdentifier, 'State'))[0]?.value;
}

export async function bytesOf(client: TestClient, uniqueIdentifier: string): Promise<Uint8Array> {
  const { symmetricKey, secretData, privateKey, publicKey } = await client.call(Get, { uniqueIdentifier });
  const { keyBlock } = symmetricKey ?? secretData ?? privateKey ?? publicKey ?? {};
  return keyBlock?.keyValue?.keyMaterial ?? new Uint8Array();
}
