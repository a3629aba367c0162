import type { CommandBody } from '@kagibako/contracts/commands';

const vm = (name: string, disks: CommandBody<'createVm'>['disks']) => ({
  taskId: 'task',
  vmId: `id-of-${name}`,
  path: `[esx-1] ${name}/${name}.vmx`,
  name,
  guestOs: 'otherLinux64Guest',
  memoryMiB: 4,
  disks,
});

const sourceImage = '[esx-1] images/image.vmdk';

/** `kept` is encrypted and decrypted; `brief` is made and deleted. */
export const crashVms = {
  kept: vm('kept', [
    { disk: '2000', sourceImage },
    { disk: '2001', capacityBytes: 512 * 1024 },
  ]),
  brief: vm('brief', [{ disk: '2000', sourceImage }]),
};

/** Two KEKs from the 64 bytes of a file. */
export const keysOf = (bytes: Uint8Array): { keyId: string; kek: Uint8Array }[] => [
  { keyId: 'kek-a', kek: bytes.subarray(0, 32) },
  { keyId: 'kek-b', kek: bytes.subarray(32, 64) },
];
