import { Failure } from '@kagibako/contracts/failures';

/** A VM that is to be made. */
export interface NewVm {
  name: string;
  path: string;
  guestOs: string;
  cpuCount: number;
  memoryMiB: number;
  policyId: string;
}

/** The first disk's key in vSphere, and what the following ones count from. */
const firstDisk = 2_000;

export const diskKey = (at: number): string => String(firstDisk + at);

/** A VM's folder and files are named after it: what a path cannot carry is refused. */
export const vmNamePattern = '^[A-Za-z0-9_(][A-Za-z0-9 ._()-]{0,78}[A-Za-z0-9_()-]$|^[A-Za-z0-9]$';

/** A host's one datastore has its name. */
export const vmxPath = (hostId: string, name: string): string => `[${hostId}] ${name}/${name}.vmx`;

/** @throws Failure InvalidArgument when the file is not one of this host's datastore */
export function checkImagePath(hostId: string, path: string): void {
  const prefix = `[${hostId}] `;
  const segments = path.slice(prefix.length).split('/');
  const climbs = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (!path.startsWith(prefix) || climbs || !path.endsWith('.vmdk'))
    throw new Failure('InvalidArgument', `${path} is not a virtual disk on the datastore of ${hostId}`);
}
