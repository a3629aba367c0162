import { decodeBody, encodeBody, respond } from '@kagibako/bus/request-reply';
import { type RequestBody, requests } from '@kagibako/contracts/requests';
import { databaseFailure } from '@kagibako/runtime/database-failure';
import { deliverKeys } from './key-delivery.ts';
import type { Service } from './service.ts';

/** `kagibako.rpc.vcenter-broker.v1.host.<hostId>.get-keys`: the token that the host's permissions pin. */
const hostToken = 5;

/** Every bus request that the broker answers. */
export function serveRequests(service: Service): void {
  const { request, response } = requests.getKeys;
  respond(service.bus, requests.getKeys, { hostId: '*' }, async (message) => {
    const askedAs = message.subject.split('.')[hostToken] ?? '';
    const body = decodeBody(request, message.data) as RequestBody<'getKeys'>;
    try {
      return { data: encodeBody(response, await deliverKeys(service, askedAs, body)), fields: {} };
    } catch (error) {
      throw databaseFailure(service, error);
    }
  });
}
