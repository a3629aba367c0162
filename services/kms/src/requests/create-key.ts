import { Failure } from '@kagibako/contracts/failures';
import type { Attribute } from '@kagibako/kmip/attribute';
import { isCustomAttributeName } from '@kagibako/kmip/attributes';
import { CryptographicUsageMask } from '@kagibako/kmip/enums';
import type { Asked } from '@kagibako/sealed-bus/sealed-server';
import { asBusClient } from '../bus-client.ts';
import { checkNewAttributes } from '../new-attributes.ts';
import type { Service } from '../service.ts';
import { createSymmetricKey } from '../symmetric-key.ts';

/** The key is Active at once: its Activation Date is now. */
export async function createKey(service: Service, asked: Asked<'createKey'>): Promise<{ keyId: string }> {
  return await asBusClient(service, asked, 'Create', async (context) => {
    const attributes = [
      ...kekAttributes,
      { name: 'Activation Date' as const, value: context.now },
      ...Object.entries(asked.body.attributes).map(customText),
    ];
    checkNewAttributes(attributes);
    return { keyId: await createSymmetricKey(context, attributes) };
  });
}

const kekAttributes: readonly Attribute[] = [
  { name: 'Cryptographic Algorithm', value: 'AES' },
  { name: 'Cryptographic Length', value: 256 },
  { name: 'Cryptographic Usage Mask', value: CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt },
];

function customText([name, value]: [string, string]): Attribute {
  if (!isCustomAttributeName(name)) throw new Failure('InvalidArgument', 'an attribute here begins with x-');
  return { name, value: { type: 'TextString', value } };
}
