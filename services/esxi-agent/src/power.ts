import { Failure } from '@kagibako/contracts/failures';
import type { Host } from './host.ts';

/** @throws Failure InvalidPowerState */
export function checkOff({ poweredOn }: Host, vmId: string): void {
  if (poweredOn.has(vmId)) throw new Failure('InvalidPowerState', `virtual machine ${vmId} is powered on`);
}
