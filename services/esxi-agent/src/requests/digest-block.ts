import { createHash, randomUUID } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import type { RequestBody, ResponseBody } from '@kagibako/contracts/requests';
import { toBase64 } from '@kagibako/crypto/base64';
import { resolveVmx } from '../datastore.ts';
import { readDisk } from '../disk-data.ts';
import type { Host } from '../host.ts';
import { openVm } from '../virtual-machine.ts';
import { withDiskDek } from '../vm-encryption.ts';

const digestBytesMax = 1024 * 1024 * 1024;

/** What a guest would read at that place. */
export async function digestBlock(host: Host, body: RequestBody<'digestBlock'>): Promise<ResponseBody<'digestBlock'>> {
  const { vmId, path, disk: wanted, offsetBytes, lengthBytes } = body;
  if (lengthBytes > digestBytesMax) throw new Failure('InvalidArgument', `at most ${digestBytesMax} bytes at a time`);
  return await host.inTurn(vmId, async () => {
    const vm = await openVm(await resolveVmx(host.datastore, path), vmId);
    const disk = vm.disks.find((one) => one.disk === wanted);
    if (disk === undefined) throw new Failure('NotFound', `virtual machine ${vmId} has no disk ${wanted}`);
    const hash = createHash('sha256');
    const range = { offsetBytes, lengthBytes };
    const update = (piece: Uint8Array): void => void hash.update(piece);
    if (vm.encryption === undefined) await readDisk(vm.folder, disk, range, undefined, update);
    else
      await host.keys.use(vm.encryption.key, randomUUID(), (kek) =>
        withDiskDek(disk, kek, (dek) => readDisk(vm.folder, disk, range, dek, update)),
      );
    return { sha256: toBase64(hash.digest()), lengthBytes };
  });
}
