import { KmipError } from './kmip-error.ts';
import type { RequestHeader } from './message.ts';
import { decodeFields, type Infer, optional, secretText, structureFields, text } from './schema.ts';

/** KMIP 1.4 §2.1.2, Username and Password. */
export const usernameAndPasswordFields = {
  username: text('Username'),
  /** A view of the message, which is wiped as a whole. */
  password: optional(secretText('Password')),
};
export type UsernameAndPassword = Infer<typeof usernameAndPasswordFields>;

/** The user name and password of a request, if it has some; several, or of another kind, are refused. */
export function usernameAndPassword({ authentication }: RequestHeader): UsernameAndPassword | undefined {
  if (authentication === undefined) return undefined;
  const [credential, ...more] = authentication.credential;
  if (credential?.credentialType !== 'UsernameAndPassword' || more.length > 0) {
    throw new KmipError('AuthenticationNotSuccessful', 'a credential that is not one Username and Password');
  }
  const fields = structureFields(credential.credentialValue);
  return decodeFields(usernameAndPasswordFields, fields, { unknown: 'refuse', copyBytes: false });
}
