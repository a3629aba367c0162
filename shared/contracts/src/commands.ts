import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { Bytes, CryptoKeyId, DatastorePath, Id, Text } from './fields.ts';

/** Work for one host, in the work-queue stream: done once per command id, whenever the host is back. */
export interface CommandSpec<S extends TObject = TObject> {
  command: string;
  summary: string;
  body: S;
}

const command = <P extends Record<string, TSchema>>(name: string, summary: string, properties: P) => ({
  command: name,
  summary,
  body: Type.Object({ taskId: Id, vmId: Id, path: DatastorePath, ...properties }, { additionalProperties: false }),
});

/** `path` is the VM's `.vmx`, e.g. `[esx-1] web/web.vmx`. */
export const commands = {
  createVm: command('create-vm', 'Makes the files of a new VM', {
    name: Text,
    guestOs: Text,
    memoryMiB: Bytes,
    disks: Type.Array(
      Type.Object(
        {
          disk: Id,
          capacityBytes: Type.Optional(Bytes),
          /** An existing monolithicFlat descriptor on the same datastore, copied into the VM. */
          sourceImage: Type.Optional(DatastorePath),
        },
        { additionalProperties: false },
      ),
      { maxItems: 60 },
    ),
  }),
  deleteVm: command('delete-vm', 'Removes the files of a VM that is off', {}),
  powerOnVm: command('power-on-vm', 'Powers a VM on; asks for its KEKs when it is encrypted', {}),
  powerOffVm: command('power-off-vm', 'Powers a VM off and forgets its keys', {}),
  encryptVm: command('encrypt-vm', 'Encrypts VM home and disks under a KEK that the host fetches', {
    key: CryptoKeyId,
  }),
  decryptVm: command('decrypt-vm', 'Decrypts VM home and disks', {}),
} as const;

export type CommandName = keyof typeof commands;
export type CommandBody<N extends CommandName> = Static<(typeof commands)[N]['body']>;
