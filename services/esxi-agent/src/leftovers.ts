import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unfinishedSuffix } from './durable-file.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** `web.vmdk` ↔ `web_1.vmdk`, `web-flat.vmdk` ↔ `web_1-flat.vmdk`: ESXi's name for a copy, and back. */
export function successorOf(fileName: string): string {
  const [, stem = '', rest = ''] = /^(.*?)((?:-flat|-f\d{3})?\.\w+)$/.exec(fileName) ?? [];
  return stem.endsWith('_1') ? `${stem.slice(0, -2)}${rest}` : `${stem}_1${rest}`;
}

/**
 * Removes what an interrupted task or a host that ended left: unfinished files, successors or predecessors of the disks
 * and nvram that the `.vmx` names, and swap. Whatever else lies in the folder is not the host's.
 */
export async function removeLeftovers(vm: VirtualMachine): Promise<void> {
  const own = [
    vm.nvram,
    ...vm.disks.flatMap(({ descriptorFile, extents }) => [descriptorFile, ...extents.map(fileOf)]),
  ];
  const leftovers = new Set([vm.swap, ...own.map(successorOf)]);
  const written = new Set([basename(vm.vmxFile), ...own, ...leftovers].map((name) => `${name}${unfinishedSuffix}`));
  for (const name of await readdir(vm.folder))
    if (written.has(name) || (leftovers.has(name) && !own.includes(name)))
      await rm(join(vm.folder, name), { force: true });
}

const fileOf = ({ fileName }: { fileName: string }): string => fileName;
