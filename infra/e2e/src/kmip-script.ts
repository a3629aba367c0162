import { readFile } from 'node:fs/promises';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { Create } from '@kagibako/kmip/operations/create';
import { Get } from '@kagibako/kmip/operations/get';
import { Locate } from '@kagibako/kmip/operations/locate';
import { connectKmip, type KmipClient } from '@kagibako/kmip-client/kmip-client';
import type { Lab } from '@kagibako/lab/lab-file';

const version = [1, 4] as const;
const encryptAndDecrypt = 0x0c;
const keysMax = 10_000;

/** The lab's ready KMIP client, of its own at the gateway. */
export async function connectScript({ kmip }: Lab): Promise<KmipClient> {
  const [ca, certificate, privateKey] = await Promise.all(
    [kmip.caFile, kmip.certFile, kmip.keyFile].map((file) => readFile(file, 'utf8')),
  );
  return await connectKmip({
    host: kmip.host,
    port: kmip.port,
    trustedCertificates: [ca ?? ''],
    certificate: certificate ?? '',
    privateKey: privateKey ?? '',
    version,
  });
}

/** Makes an AES-256 key; its Unique Identifier. */
export async function createKey(client: KmipClient): Promise<string> {
  const { uniqueIdentifier } = await client.call(Create, {
    objectType: 'SymmetricKey',
    templateAttribute: {
      attribute: [
        { name: 'Cryptographic Algorithm', value: 'AES' },
        { name: 'Cryptographic Length', value: 256 },
        { name: 'Cryptographic Usage Mask', value: encryptAndDecrypt },
      ],
    },
  });
  return uniqueIdentifier;
}

/** The material, which the caller destroys. */
export async function getKey(client: KmipClient, uniqueIdentifier: string): Promise<KeyMaterial> {
  const { symmetricKey } = await client.call(Get, { uniqueIdentifier });
  const bytes = symmetricKey?.keyBlock.keyValue?.keyMaterial;
  if (!(bytes instanceof Uint8Array)) throw new Error(`${uniqueIdentifier} came without its material`);
  return KeyMaterial.take(bytes);
}

/** Unique Identifiers of the adapter's keys in use. */
export async function locateActiveKeys(client: KmipClient): Promise<readonly string[]> {
  const attribute = [{ name: 'State' as const, value: 'Active' as const }];
  return (await client.call(Locate, { maximumItems: keysMax, attribute })).uniqueIdentifier;
}
