import { BlockList, isIPv4 } from 'node:net';

const prefixesMax = 200;

/** The first `10.56.n` whose 256 addresses none of these subnets (`172.18.0.0/16`) has. */
export function freePrefix(subnets: readonly string[]): string {
  const taken = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/');
    if (isIPv4(address)) taken.addSubnet(address, Number(bits));
  }
  for (let third = 100; third < prefixesMax; third += 1) {
    const prefix = `10.56.${third}`;
    if (!taken.check(`${prefix}.0`) && !taken.check(`${prefix}.255`)) return prefix;
  }
  throw new Error('no subnet below 10.56 is free');
}
