// Changes two VMs over and over, until it is killed: `node crash-child.ts DATASTORE KEK-FILE`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { createLogger } from '@kagibako/telemetry/logger';
import { recoverDatastore } from '../src/recovery.ts';
import { openVm, readVm } from '../src/virtual-machine.ts';
import { createVm } from '../src/vm-creation.ts';
import { deleteVm } from '../src/vm-deletion.ts';
import { decryptVm, encryptVm } from '../src/vm-encryption.ts';
import { crashVms, keysOf } from './crash-vms.ts';

const [directory = '', kekFile = ''] = process.argv.slice(2);
const datastore = { name: 'esx-1', directory };
const keys = keysOf(await readFile(kekFile));

await recoverDatastore(datastore, createLogger('crash', 'silent'));
process.stdout.write('working\n');
for (let round = 0; ; round += 1) {
  const { kept, brief } = crashVms;
  const vmxFile = join(directory, kept.name, `${kept.name}.vmx`);
  const vm = await openVm(vmxFile, kept.vmId);
  const next = keys[round % keys.length];
  const keyId = vm.encryption?.key.keyId ?? next?.keyId;
  const kek = KeyMaterial.take(new Uint8Array(keys.find((key) => key.keyId === keyId)?.kek ?? []));
  if (vm.encryption === undefined) await encryptVm(vm, kek, { providerId: 'kms', keyId: keyId ?? '' }, () => undefined);
  else await decryptVm(vm, kek, () => undefined);
  const known = await readVm(join(directory, brief.name, `${brief.name}.vmx`));
  if (known === undefined) await createVm(datastore, brief, () => undefined);
  else await deleteVm(known);
}
