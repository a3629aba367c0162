import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskDescriptor } from '../src/disk-descriptor.ts';

/** As qemu-img writes it, with the entries that ESXi adds. */
const flat = `# Disk DescriptorFile
version=1
CID=7b3a1c2d
parentCID=ffffffff
createType="twoGbMaxExtentFlat"

# Extent description
RW 4192256 FLAT "disk one-f001.vmdk" 0
RW 2048 ZERO
RW 10240 FLAT "disk one-f002.vmdk" 128

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "4"
ddb.longContentID = "0123456789abcdef0123456789abcdef"
ddb.toolsVersion = "2147483647"
a line of the future
`;
const vmfs = flat
  .replace(/RW[\s\S]*128\n/, 'RW 6291456 VMFS "x-flat.vmdk"\n')
  .replace('twoGbMaxExtentFlat', 'vmfs')
  .replace('CID=', 'encoding="UTF-8"\nCID=');

test('a descriptor that is not changed prints as it was', () => {
  for (const text of [flat, vmfs, flat.replaceAll('\n', '\r\n')])
    assert.equal(DiskDescriptor.parse(text).print(), text);
  assert.equal(DiskDescriptor.parse(flat.slice(0, -1)).print(), flat);
});

test('extents and entries are read', () => {
  assert.deepEqual(DiskDescriptor.parse(flat).extents, [
    { type: 'FLAT', sectors: 4192256, fileName: 'disk one-f001.vmdk', offsetSectors: 0 },
    { type: 'ZERO', sectors: 2048 },
    { type: 'FLAT', sectors: 10240, fileName: 'disk one-f002.vmdk', offsetSectors: 128 },
  ]);
  const descriptor = DiskDescriptor.parse(vmfs);
  assert.deepEqual(descriptor.extents, [{ type: 'VMFS', sectors: 6291456, fileName: 'x-flat.vmdk', offsetSectors: 0 }]);
  assert.deepEqual(
    ['createType', 'CID', 'ddb.virtualHWVersion', 'encryptionKeys'].map((name) => descriptor.get(name)),
    ['vmfs', '7b3a1c2d', '4', undefined],
  );
});

test('what encryption sets goes to its section, and goes again without a trace', () => {
  const descriptor = DiskDescriptor.parse(flat);
  descriptor.set('encryptionKeys', 'vmware:key/list/(pair/(null/,HMAC%2dSHA%2d256,AA%3d%3d))');
  descriptor.set('keyID', 'lab-kms/3f2c');
  descriptor.set('ddb.iofilters', 'vmwarevmcrypt');
  const added = `createType="twoGbMaxExtentFlat"
encryptionKeys="vmware:key/list/(pair/(null/,HMAC%2dSHA%2d256,AA%3d%3d))"
keyID="lab-kms/3f2c"
`;
  const expected = flat.replace('createType="twoGbMaxExtentFlat"\n', added);
  assert.equal(descriptor.print(), `${expected}ddb.iofilters = "vmwarevmcrypt"\n`);
  assert.equal(DiskDescriptor.parse(descriptor.print()).get('keyID'), 'lab-kms/3f2c');
  for (const name of ['encryptionKeys', 'keyID', 'ddb.iofilters'] as const) descriptor.clear(name);
  assert.equal(descriptor.print(), flat);
});

test('the content identifiers change where they stand', () => {
  const descriptor = DiskDescriptor.parse(flat);
  descriptor.set('CID', 'deadbeef');
  descriptor.set('ddb.longContentID', 'f'.repeat(32));
  const expected = flat.replace('CID=7b3a1c2d', 'CID=deadbeef').replace('0123456789abcdef'.repeat(2), 'f'.repeat(32));
  assert.equal(descriptor.print(), expected);
  assert.equal(descriptor.get('CID'), 'deadbeef');
});

test('an extent file gets a successor, with the same sectors', () => {
  const descriptor = DiskDescriptor.parse(flat);
  descriptor.renameExtentFiles((name) => name.replace('disk one-f002.vmdk', () => "disk $' 1-f002.vmdk"));
  assert.equal(
    descriptor.print(),
    flat.replace('disk one-f002.vmdk', () => "disk $' 1-f002.vmdk"),
  );
  assert.deepEqual(descriptor.extents, DiskDescriptor.parse(descriptor.print()).extents);
  assert.throws(() => descriptor.renameExtentFiles(() => '../x.vmdk'), { code: 'InvalidArgument' });
});

test('two extent files may change names with each other', () => {
  const descriptor = DiskDescriptor.parse(flat);
  const names = ['disk one-f001.vmdk', 'disk one-f002.vmdk'];
  descriptor.renameExtentFiles((name) => names[1 - names.indexOf(name)] ?? name);
  assert.equal(
    descriptor.print(),
    flat.replace(/f00[12]/g, (place) => (place === 'f001' ? 'f002' : 'f001')),
  );
});

const needsConversion: [string, string][] = [
  ['a sparse extent file', 'KDMV\u0001\u0000\u0000\u0000'],
  ['monolithicSparse', flat.replace('twoGbMaxExtentFlat', 'monolithicSparse')],
  ['streamOptimized', flat.replace('twoGbMaxExtentFlat', 'streamOptimized')],
  ['seSparse', flat.replace('twoGbMaxExtentFlat', 'seSparse')],
  ['a SPARSE extent', flat.replace('10240 FLAT', '10240 SPARSE')],
  ['a VMFSSPARSE extent', flat.replace('10240 FLAT', '10240 VMFSSPARSE')],
];

for (const [what, text] of needsConversion) {
  test(`${what} is refused with the way to convert it`, () => {
    assert.throws(() => DiskDescriptor.parse(text), { code: 'InvalidArgument', message: /qemu-img convert/ });
  });
}

const refusals: [string, string][] = [
  ['text of another kind', 'memSize = "4096"\n'],
  ['a descriptor without extents', flat.replace(/^RW.*\n/gm, '')],
  ['an extent that may not be written', flat.replace('RW 10240', 'RDONLY 10240')],
  ['an extent of an unknown type', flat.replace('10240 FLAT', '10240 RDM')],
  ['a FLAT extent without an offset', flat.replace(' 128', '')],
  ['a FLAT extent without a file', flat.replace(' "disk one-f001.vmdk" 0', '')],
  ['a ZERO extent with a file', flat.replace('ZERO', 'ZERO "x"')],
  ['more sectors than can be counted', flat.replace('10240', '9007199254740992')],
  ['an extent in another folder', flat.replace('disk one-f001', '../../etc/passwd')],
  ['an extent that is the folder', flat.replace('disk one-f001.vmdk', '..')],
  ['an entry that is there twice', `${flat}CID=00000000\n`],
];

for (const [what, text] of refusals) {
  test(`${what} is refused`, () => {
    assert.throws(() => DiskDescriptor.parse(text), { code: 'InvalidArgument' });
  });
}

test('no value can break out of its line', () => {
  const descriptor = DiskDescriptor.parse(flat);
  for (const name of ['CID', 'encryptionKeys', 'keyID', 'ddb.iofilters', 'ddb.longContentID'] as const) {
    assert.throws(() => descriptor.set(name, 'vmware:key/a"\nddb.x = "1'), RangeError);
  }
});
