import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { inSpan } from '@kagibako/telemetry/span';
import { checkOff } from '../power.ts';
import type { Work } from '../task.ts';
import { openVm } from '../virtual-machine.ts';
import { decryptVm as decrypt, diskBytesOf } from '../vm-encryption.ts';
import { writeLog } from '../vm-log.ts';

export const decryptVm: Work<'decryptVm'> = async ({ host, body, vmxFile, ids, progressTo }) => {
  checkOff(host, body.vmId);
  const vm = await openVm(vmxFile, body.vmId);
  const bytes = diskBytesOf(vm);
  // Clear already: the host was killed between the switch and its journal.
  if (vm.encryption !== undefined)
    await host.keys.use(vm.encryption.key, body.taskId, (kek) =>
      inSpan('decrypt VM files', { attributes: { 'kagibako.vm.id': vm.id, 'kagibako.bytes': bytes } }, () =>
        decrypt(vm, kek, progressTo(bytes, 'decrypting')),
      ),
    );
  await writeLog(vm, 'decrypted');
  host.metrics.count('bytesEncrypted', { direction: 'decrypt' }, bytes);
  return eventFact('vmDecrypted', randomUUID(), { ...ids, bytesDecrypted: bytes });
};
