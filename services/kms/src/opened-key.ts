import { KeyMaterial } from '@kagibako/crypto/key-material';
import { attributeValue } from '@kagibako/kmip/attribute';
import type { DeedContext } from './client-context.ts';
import { asymmetricKey } from './key-format.ts';
import type { ManagedObject } from './managed-object.ts';
import { type OpenMaterial, openMaterial } from './object-material.ts';
import { checkUse, type Parameters, parametersFor, refuseStreams, type Use } from './object-use.ts';
import { type OperationContext, objectOf } from './operation-handler.ts';
import { takeUsage, usageOf } from './usage-limits.ts';

/** A key that may be used now, open, with the parameters to use it with. */
export interface OpenedKey extends OpenMaterial {
  object: ManagedObject;
  parameters: Parameters;
  algorithm: string | undefined;
}

interface UseRequest {
  uniqueIdentifier?: string | undefined;
  cryptographicParameters?: Parameters | undefined;
  correlationValue?: Uint8Array | undefined;
  initIndicator?: boolean | undefined;
  finalIndicator?: boolean | undefined;
}

/** Opens the key that a cryptographic operation names. @throws KmipError where it is not for this use */
export async function openFor(
  use: Use,
  request: UseRequest,
  context: OperationContext & DeedContext,
): Promise<OpenedKey> {
  refuseStreams(request);
  const object = await objectOf(request, context);
  checkUse(object, use, context.now);
  const parameters = parametersFor(object, request.cryptographicParameters);
  const open = await openMaterial(context, object.uniqueIdentifier);
  const algorithm = parameters.cryptographicAlgorithm ?? attributeValue(object.attributes, 'Cryptographic Algorithm');
  return { object, parameters, algorithm, ...open };
}

export const isAsymmetric = ({ object }: OpenedKey): boolean =>
  object.objectType === 'PublicKey' || object.objectType === 'PrivateKey' || object.objectType === 'Certificate';

export const keyObjectOf = (opened: OpenedKey) => asymmetricKey(opened.object.objectType, opened);

/** Counts a use that protected so many bytes against the Usage Limits. */
export const countUse = (context: DeedContext, { object }: OpenedKey, dataBytes: number): Promise<void> =>
  takeUsage(context, object, usageOf(object, dataBytes), context.request);

/** Data of the answer that is wiped with it. */
export function secretData(data: Uint8Array, { secrets }: DeedContext): Uint8Array {
  const key = KeyMaterial.move(data);
  secrets.push(key);
  return key.expose();
}
