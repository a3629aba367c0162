import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { inSpan } from '@kagibako/telemetry/span';
import { checkOff } from '../power.ts';
import type { Work } from '../task.ts';
import { openVm } from '../virtual-machine.ts';
import { diskBytesOf, encryptVm as encrypt } from '../vm-encryption.ts';
import { writeLog } from '../vm-log.ts';

export const encryptVm: Work<'encryptVm'> = async ({ host, body, vmxFile, ids, progressTo }) => {
  checkOff(host, body.vmId);
  const vm = await openVm(vmxFile, body.vmId);
  const bytes = diskBytesOf(vm);
  // Encrypted with this very key: the host was killed between the switch and its journal.
  if (vm.encryption?.key.keyId !== body.key.keyId || vm.encryption.key.providerId !== body.key.providerId)
    await host.keys.use(body.key, body.taskId, (kek) =>
      inSpan('encrypt VM files', { attributes: { 'kagibako.vm.id': vm.id, 'kagibako.bytes': bytes } }, () =>
        encrypt(vm, kek, body.key, progressTo(bytes, 'encrypting')),
      ),
    );
  await writeLog(vm, `encrypted under key ${body.key.keyId}`);
  host.metrics.count('bytesEncrypted', { direction: 'encrypt' }, bytes);
  return eventFact('vmEncrypted', randomUUID(), { ...ids, key: body.key, bytesEncrypted: bytes });
};
