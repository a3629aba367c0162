import { templateAttributeFields } from '../attribute.ts';
import { operation } from '../operation.ts';
import { optional, struct, text } from '../schema.ts';

/** What both keys get, and what each gets beyond it. KMIP 1.4 §2.1.8. */
export const keyPairTemplates = {
  commonTemplateAttribute: optional(struct('CommonTemplateAttribute', templateAttributeFields)),
  privateKeyTemplateAttribute: optional(struct('PrivateKeyTemplateAttribute', templateAttributeFields)),
  publicKeyTemplateAttribute: optional(struct('PublicKeyTemplateAttribute', templateAttributeFields)),
};

export const keyPairResponse = {
  privateKeyUniqueIdentifier: text('PrivateKeyUniqueIdentifier'),
  publicKeyUniqueIdentifier: text('PublicKeyUniqueIdentifier'),
  privateKeyTemplateAttribute: optional(struct('PrivateKeyTemplateAttribute', templateAttributeFields)),
  publicKeyTemplateAttribute: optional(struct('PublicKeyTemplateAttribute', templateAttributeFields)),
};

/** Makes a private key and its public key. KMIP 1.4 §4.2. */
export const CreateKeyPair = operation({
  name: 'CreateKeyPair',
  since: [1, 0],
  request: keyPairTemplates,
  response: keyPairResponse,
  idPlaceholder: 'privateKeyUniqueIdentifier',
});
