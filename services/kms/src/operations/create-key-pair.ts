import { CreateKeyPair } from '@kagibako/kmip/operations/create-key-pair';
import { createKeyPair as makeKeyPair } from '../key-pair.ts';
import { templateAttributes } from '../new-attributes.ts';
import { handle } from '../operation-handler.ts';
import { nameTaken } from './create.ts';

export const createKeyPair = handle(
  CreateKeyPair,
  'with the change',
  async (request, context) => {
    const { commonTemplateAttribute: common } = request;
    const attributes = {
      privateKey: templateAttributes(common, request.privateKeyTemplateAttribute),
      publicKey: templateAttributes(common, request.publicKeyTemplateAttribute),
    };
    return await makeKeyPair(context, attributes).catch(nameTaken);
  },
  'several statements',
);
