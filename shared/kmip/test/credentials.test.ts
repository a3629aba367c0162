import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usernameAndPassword, usernameAndPasswordFields } from '../src/credentials.ts';
import { decodeRequestMessage, encodeRequestMessage, type RequestToEncode } from '../src/message.ts';
import { encodeRequestPayload } from '../src/operation.ts';
import { Activate } from '../src/operations/activate.ts';
import { encodeFields } from '../src/schema.ts';
import { tags } from '../src/tags.ts';
import { ItemType } from '../src/ttlv.ts';

const version = [1, 1] as const;
type Credentials = NonNullable<NonNullable<RequestToEncode['authentication']>['credential']>;

const password = new TextEncoder().encode('geheim');
const credentialValue = {
  tag: tags.CredentialValue,
  type: ItemType.Structure,
  value: encodeFields(usernameAndPasswordFields, { username: 'vcenter', password }, version) ?? [],
};
const ours = { credentialType: 'UsernameAndPassword', credentialValue } as const;

function headerWith(credential: Credentials | undefined) {
  const payload = encodeRequestPayload(Activate, {}, version);
  const authentication = credential && { credential };
  const message = encodeRequestMessage({ version, authentication, items: [{ operation: 'Activate', payload }] });
  return decodeRequestMessage(message).header;
}

test('user name and password are read from the header, the password as bytes', () => {
  assert.deepEqual(usernameAndPassword(headerWith([ours])), { username: 'vcenter', password });
  assert.equal(usernameAndPassword(headerWith(undefined)), undefined);
});

test('no, several or other credentials are refused', () => {
  for (const credential of [[], [ours, ours], [{ ...ours, credentialType: 'Device' as const }]]) {
    assert.throws(() => usernameAndPassword(headerWith(credential)), { resultReason: 'AuthenticationNotSuccessful' });
  }
});
