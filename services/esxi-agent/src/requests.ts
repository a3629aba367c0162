import { serveRequest } from '@kagibako/bus/request-reply';
import type { Host } from './host.ts';
import { digestBlock } from './requests/digest-block.ts';
import { inspectVm } from './requests/inspect-vm.ts';

/** Answers what the broker asks this host. */
export function serveRequests(host: Host): void {
  const scope = { hostId: host.hostId };
  serveRequest(host.bus, 'digestBlock', (body) => digestBlock(host, body), scope);
  serveRequest(host.bus, 'inspectVm', (body) => inspectVm(host, body), scope);
}
