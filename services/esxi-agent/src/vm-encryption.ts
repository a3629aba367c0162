import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial, withKeyMaterial } from '@kagibako/crypto/key-material';
import { type OnBytes, withXts } from './disk-data.ts';
import { decodeEncobj, encodeEncobj } from './encobj-file.ts';
import { lockDek, type ProviderKey, unlockDek } from './encryption-bundle.ts';
import { bundleSetting, type VirtualDisk, type VirtualMachine } from './virtual-machine.ts';
import { rewriteVm } from './vm-rewrite.ts';

/** AES-256-XTS: two keys of 256 bits. */
const dekBytes = 64;
const ioFilter = 'vmwarevmcrypt';

export const diskBytesOf = ({ disks }: VirtualMachine): number =>
  disks.reduce((total, { capacityBytes }) => total + capacityBytes, 0);

/** Encrypts VM home and disks, each under a new DEK that the KEK locks. The KEK stays the caller's. */
export async function encryptVm(
  vm: VirtualMachine,
  kek: KeyMaterial,
  key: ProviderKey,
  onBytes: OnBytes,
): Promise<void> {
  if (vm.encryption !== undefined)
    throw new Failure('AlreadyEncrypted', `virtual machine ${vm.id} is encrypted already`);
  await withKeyMaterial(KeyMaterial.random(dekBytes), async (homeDek) => {
    const bundles = new Map<VirtualDisk, string>();
    await rewriteVm(
      vm,
      {
        nvram: (clear) => encodeEncobj(clear, homeDek),
        disk: (disk, copy) =>
          withKeyMaterial(KeyMaterial.random(dekBytes), (dek) => {
            bundles.set(disk, lockDek({ kek, dek, key }));
            return withXts(dek, 'encrypt', (xts) => copy(need(xts)));
          }),
        describe: (descriptor, disk) => {
          descriptor.set('encryptionKeys', need(bundles.get(disk)));
          descriptor.set('keyID', key.keyId);
          descriptor.set('ddb.iofilters', ioFilter);
        },
        configure: (vmx) => vmx.set(bundleSetting, lockDek({ kek, dek: homeDek, key })),
      },
      onBytes,
    );
  });
}

/** The inverse. @throws Failure KeyUnavailable when the KEK is another one, DataCorrupt */
export async function decryptVm(vm: VirtualMachine, kek: KeyMaterial, onBytes: OnBytes): Promise<void> {
  await withHomeDek(vm, kek, (homeDek) =>
    rewriteVm(
      vm,
      {
        nvram: (encrypted) => decodeEncobj(encrypted, homeDek),
        disk: (disk, copy) => withDiskDek(disk, kek, (dek) => withXts(dek, 'decrypt', (xts) => copy(need(xts)))),
        describe: (descriptor) => {
          for (const entry of ['encryptionKeys', 'keyID', 'ddb.iofilters'] as const) descriptor.clear(entry);
        },
        configure: (vmx) => vmx.delete(bundleSetting),
      },
      onBytes,
    ),
  );
}

export const withHomeDek = <T>(
  { id, encryption }: VirtualMachine,
  kek: KeyMaterial,
  work: (dek: KeyMaterial) => Promise<T>,
): Promise<T> => {
  if (encryption === undefined) throw new Failure('NotEncrypted', `virtual machine ${id} is not encrypted`);
  return withKeyMaterial(unlockDek(encryption.bundle, kek), work);
};

export const withDiskDek = <T>(
  { descriptor, descriptorFile }: VirtualDisk,
  kek: KeyMaterial,
  work: (dek: KeyMaterial) => Promise<T>,
): Promise<T> => {
  const bundle = descriptor.get('encryptionKeys');
  if (bundle === undefined) throw new Failure('DataCorrupt', `${descriptorFile} holds no wrapped key`);
  return withKeyMaterial(unlockDek(bundle, kek), work);
};

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an encrypted disk without its key');
  return value;
}
