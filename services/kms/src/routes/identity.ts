import { Failure } from '@kagibako/contracts/failures';
import { databaseFailure } from '@kagibako/runtime/database-failure';
import type { RestServer } from '@kagibako/runtime/http';
import { Type } from 'typebox';
import type { Service } from '../service.ts';
import { findApiKey, newestTokenKey } from '../store/instances.ts';
import { hashApiKey, issueToken, tokenLifetimeSeconds } from '../tokens.ts';

const grantType = 'urn:ibm:params:oauth:grant-type:apikey';
const apiKeyCharactersMax = 256;

/** IAM's token endpoint: the only route without a token. An API key comes in, a bearer token for one hour goes out. */
export function addIdentityRoute(server: RestServer, service: Service): void {
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  );
  server.route({
    method: 'POST',
    url: '/identity/token',
    schema: {
      summary: 'Exchanges an API key for a bearer token',
      body: Type.Object({
        grant_type: Type.Literal(grantType),
        apikey: Type.String({ minLength: 1, maxLength: apiKeyCharactersMax }),
      }),
    },
    handler: async (request) => {
      try {
        return await exchangeApiKey(service, request.body.apikey);
      } catch (error) {
        throw databaseFailure(service, error);
      }
    },
  });
}

async function exchangeApiKey({ database, root }: Service, apiKey: string): Promise<unknown> {
  const apiKeyId = await findApiKey(database, hashApiKey(apiKey));
  const tokenKey = await newestTokenKey(database);
  if (apiKeyId === undefined || tokenKey === undefined)
    throw new Failure('Unauthenticated', 'Provided API key could not be found.');
  const { token, expiresAt } = await issueToken(root, tokenKey, apiKeyId, new Date());
  return {
    access_token: token,
    refresh_token: 'not_supported',
    token_type: 'Bearer',
    expires_in: tokenLifetimeSeconds,
    expiration: expiresAt,
  };
}
