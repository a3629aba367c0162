import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { attributeValue } from '@kagibako/kmip/attribute';
import { CryptographicUsageMask } from '@kagibako/kmip/enums';
import { encodeRequestPayload } from '@kagibako/kmip/operation';
import { Activate } from '@kagibako/kmip/operations/activate';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { Create } from '@kagibako/kmip/operations/create';
import { Get } from '@kagibako/kmip/operations/get';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { KmipResponseError } from '@kagibako/kmip-client/kmip-client';
import { type KeyLabels, productLabels } from './key-labels.ts';
import type { KmipSession } from './kmip-server.ts';

const kekBytes = 32;

/** Makes a KEK in vCenter's order of requests: Create, attributes, Get, State, Activate, attributes. */
export async function createKek(session: KmipSession, labels: KeyLabels): Promise<string> {
  const usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;
  const { uniqueIdentifier } = await session.call(Create, {
    objectType: 'SymmetricKey',
    templateAttribute: {
      attribute: [
        { name: 'Cryptographic Algorithm', value: 'AES' },
        { name: 'Cryptographic Usage Mask', value: usage },
        { name: 'Cryptographic Length', value: 256 },
      ],
    },
  });
  await labelWhereAllowed(session, uniqueIdentifier, productLabels);
  (await obtain(session, uniqueIdentifier)).destroy();
  await makeActive(session, uniqueIdentifier);
  await labelWhereAllowed(session, uniqueIdentifier, labels);
  return uniqueIdentifier;
}

/** The KEK, while it is Active. The caller destroys it. */
export async function getKek(session: KmipSession, uniqueIdentifier: string): Promise<KeyMaterial> {
  const key = await obtain(session, uniqueIdentifier);
  try {
    await makeActive(session, uniqueIdentifier);
    return key;
  } catch (error) {
    key.destroy();
    throw error;
  }
}

async function obtain(session: KmipSession, uniqueIdentifier: string): Promise<KeyMaterial> {
  const { symmetricKey } = await session.call(Get, { uniqueIdentifier });
  const material = symmetricKey?.keyBlock.keyValue?.keyMaterial;
  const format = symmetricKey?.keyBlock.keyFormatType;
  if (material === undefined || material.length !== kekBytes || format !== 'Raw') {
    material?.fill(0);
    throw new Failure('KeyUnavailable', `key ${uniqueIdentifier} is not a raw key of 256 bits`);
  }
  return KeyMaterial.move(material);
}

/** A key must be Active to be used; one that is Pre-Active is activated. A server that does not tell is believed. */
async function makeActive(session: KmipSession, uniqueIdentifier: string): Promise<void> {
  const asked = { uniqueIdentifier, attributeName: ['State'] };
  const state = await unlessRefused(async () => {
    const { attribute } = await session.call(GetAttributes, asked);
    return attributeValue(attribute, 'State');
  });
  if (state === 'PreActive') await session.call(Activate, { uniqueIdentifier });
  else if (state !== undefined && state !== 'Active')
    throw new Failure('KeyUnavailable', `key ${uniqueIdentifier} is ${state}, not Active`);
}

/** Attributes help a KMS's administrator to know the key; vCenter goes on where a server does not take them. */
async function labelWhereAllowed(session: KmipSession, uniqueIdentifier: string, labels: KeyLabels): Promise<void> {
  const missing: string[] = [];
  for (const name of Object.keys(labels)) {
    const asked = { uniqueIdentifier, attributeName: [name] };
    const answer = await unlessRefused(() => session.call(GetAttributes, asked));
    if (answer?.attribute.length === 0) missing.push(name);
  }
  if (missing.length === 0) return;
  await session.batch(
    AddAttribute.name,
    missing.map((name) => ({
      operation: AddAttribute.name,
      payload: encodeRequestPayload(
        AddAttribute,
        { uniqueIdentifier, attribute: { name: name as `x-${string}`, value: textOf(labels[name] ?? '') } },
        session.version,
      ),
    })),
  );
}

const textOf = (value: string) => ({ type: 'TextString' as const, value });

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KmipResponseError) return undefined;
    throw error;
  }
}
