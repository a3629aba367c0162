import { randomUUID } from 'node:crypto';
import type { RequestBody, ResponseBody } from '@kagibako/contracts/requests';
import { resolveVmx } from '../datastore.ts';
import type { Host } from '../host.ts';
import { openVm } from '../virtual-machine.ts';
import { inspectVm as inspect } from '../vm-inspection.ts';

export async function inspectVm(host: Host, body: RequestBody<'inspectVm'>): Promise<ResponseBody<'inspectVm'>> {
  const known = Buffer.from(body.knownPlaintext, 'base64');
  return await host.inTurn(body.vmId, async () => {
    const vm = await openVm(await resolveVmx(host.datastore, body.path), body.vmId);
    if (vm.encryption === undefined) return await inspect(vm, known, undefined);
    return await host.keys.use(vm.encryption.key, randomUUID(), (kek) => inspect(vm, known, kek));
  });
}
