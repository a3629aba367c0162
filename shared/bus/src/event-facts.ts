import { type CommandBody, type CommandName, commands } from '@kagibako/contracts/commands';
import { type EventBody, type EventName, type EventSpec, events } from '@kagibako/contracts/events';
import { commandSubject, eventSubject } from '@kagibako/contracts/subjects';
import { currentTraceparent } from '@kagibako/telemetry/trace-context';
import { encodeDocument } from './documents.ts';
import type { Fact } from './facts.ts';

/** An event of the table as it will be published; made where the change is made, so that it carries that trace. */
export function eventFact<N extends EventName>(name: N, id: string, body: EventBody<N>): Fact {
  const spec: EventSpec = events[name];
  encodeDocument(spec.body, body);
  const hostId = spec.perHost ? (body as { hostId: string }).hostId : undefined;
  return {
    id,
    subject: eventSubject(spec.service, spec.event, hostId),
    template: eventTemplate(spec),
    type: `kagibako.${spec.service}.${spec.event}.v1`,
    source: spec.service,
    data: body,
    time: new Date().toISOString(),
    traceparent: currentTraceparent(),
  };
}

export const eventTemplate = (spec: EventSpec): string =>
  `kagibako.evt.${spec.service}.v1.${spec.perHost ? '{host}.' : ''}${spec.event}`;

/** A command for one host; its id is the command's id. */
export function commandFact<N extends CommandName>(name: N, id: string, hostId: string, body: CommandBody<N>): Fact {
  const spec = commands[name];
  encodeDocument(spec.body, body);
  return {
    id,
    subject: commandSubject(hostId, spec.command),
    template: commandTemplate(spec.command),
    type: `kagibako.host.${spec.command}.v1`,
    source: 'vcenter-broker',
    data: body,
    time: new Date().toISOString(),
    traceparent: currentTraceparent(),
  };
}

export const commandTemplate = (command: string): string => `kagibako.cmd.host.v1.{host}.${command}`;
