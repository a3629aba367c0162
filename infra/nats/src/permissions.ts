import { type RequestSpec, requests } from '@kagibako/contracts/requests';
import { durables } from '@kagibako/contracts/streams';
import {
  commandSubject,
  eventSubject,
  progressSubject,
  requestSubject,
  type Service,
} from '@kagibako/contracts/subjects';

/** What one NATS user may do: allow-lists and nothing else. The user is its certificate's SAN. */
export interface BusUser {
  user: string;
  publish: string[];
  subscribe: string[];
  /** May answer whoever asked, once: only for hosts, which nobody but the broker can ask. */
  answersOnce?: boolean;
}

const domain = '.kagibako.internal';
const all: RequestSpec[] = Object.values(requests);

/** Every process's user, derived from the tables of requests, commands and events. */
export function busUsers(hostIds: readonly string[]): BusUser[] {
  return [
    serviceUser('kms', hostIds, { publish: [allEventsOf('kms')], subscribe: [] }),
    serviceUser('kmip-gateway', hostIds, { publish: [], subscribe: [] }),
    serviceUser('vcenter-broker', hostIds, {
      publish: [allEventsOf('vcenter-broker'), commandSubject('*', '*'), ...consumerApi(durables.brokerEvents)],
      subscribe: [progressSubject('*', '*')],
    }),
    ...hostIds.map(hostUser),
    {
      user: `steward${domain}`,
      publish: ['$JS.API.>', '$JS.ACK.ADV.steward.>', 'kagibako.dlq.>'],
      subscribe: [inbox('steward')],
    },
  ];
}

/** A user that sees everything on the bus and can say nothing: for a lab, never for production. */
export const observerUser = `observer${domain}`;

function serviceUser(
  service: Service,
  hostIds: readonly string[],
  extra: { publish: string[]; subscribe: string[] },
): BusUser {
  const served = all.filter((request) => request.service === service);
  const called = all.filter((request) => request.callers.includes(service));
  const callers = [...new Set(served.flatMap((request) => request.callers))].flatMap((caller) =>
    namesOf(caller, hostIds),
  );
  return {
    user: `${service}${domain}`,
    publish: [...called.map(anySubject), ...callers.map(inbox), ...extra.publish],
    subscribe: [...served.map((request) => `${anySubject(request)} ${service}`), inbox(service), ...extra.subscribe],
  };
}

/** A host's id is a token of each of its subjects: it can neither ask nor answer as another. */
function hostUser(hostId: string): BusUser {
  const scope = { hostId };
  const called = all.filter((request) => request.callers.includes('esxi-agent'));
  const served = all.filter((request) => request.service === 'esxi-agent');
  return {
    user: `${hostName(hostId)}${domain}`,
    publish: [
      ...called.map((request) => requestSubject(request.service, request.operation, scope)),
      eventSubject('esxi-agent', '*', hostId),
      progressSubject(hostId, '*'),
      ...consumerApi({ stream: 'HOSTCMD', name: hostId }),
    ],
    subscribe: [
      ...served.map((request) => `${requestSubject(request.service, request.operation, scope)} esxi-agent`),
      inbox(hostName(hostId)),
    ],
    answersOnce: true,
  };
}

const hostName = (hostId: string): string => `esxi-agent-${hostId}`;

const namesOf = (service: Service, hostIds: readonly string[]): string[] =>
  service === 'esxi-agent' ? hostIds.map(hostName) : [service];

const inbox = (name: string): string => `_INBOX_${name}.>`;

const allEventsOf = (service: Service): string => eventSubject(service, '*');

function anySubject(request: RequestSpec): string {
  if (request.scope === 'host') return requestSubject(request.service, request.operation, { hostId: '*' });
  if (request.scope === 'process') return requestSubject(request.service, request.operation, { processId: '*' });
  return requestSubject(request.service, request.operation, undefined);
}

/** Using a consumer that exists; making or changing one is the steward's alone. */
const consumerApi = ({ stream, name }: { stream: string; name: string }): string[] => [
  `$JS.API.CONSUMER.INFO.${stream}.${name}`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
  `$JS.ACK.${stream}.${name}.>`,
];
