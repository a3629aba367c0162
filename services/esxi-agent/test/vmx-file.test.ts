import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VmxFile } from '../src/vmx-file.ts';

const text = `.encoding = "UTF-8"
# a comment = "not a setting"
config.version = "8"

scsi0:0.fileName = "disk one.vmdk"
annotation = "two|0Alines and a |22quote|22"
memSize=4096
something we do not understand "at" all
`;

test('a file that is not changed prints as it was, whatever it holds', () => {
  assert.equal(VmxFile.parse(text).print(), text);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/[\n=]/.test(line))), (lines) => {
      const file = lines.map((line) => `${line}\n`).join('');
      assert.equal(VmxFile.parse(file).print(), file);
    }),
  );
});

test('settings are read quoted or bare, escaped, and by name in any case', () => {
  const file = VmxFile.parse(text);
  assert.deepEqual(
    ['CONFIG.Version', 'scsi0:0.filename', 'memsize', 'annotation', 'comment', 'a comment'].map((name) =>
      file.get(name),
    ),
    ['8', 'disk one.vmdk', '4096', 'two\nlines and a "quote"', undefined, undefined],
  );
  assert.deepEqual(
    file.settings().map(([name]) => name),
    ['.encoding', 'config.version', 'scsi0:0.fileName', 'annotation', 'memSize'],
  );
});

test('a setting changes where it stands, a new one is added at the end', () => {
  const file = VmxFile.parse(text);
  file.set('MEMSIZE', '8192');
  file.set('encryption.bundle', 'vmware:key/list/()');
  const expected = `${text.replace('memSize=4096', 'memSize = "8192"')}encryption.bundle = "vmware:key/list/()"\n`;
  assert.equal(file.print(), expected);
});

test('a setting that is deleted leaves every other line', () => {
  const file = VmxFile.parse(text);
  file.delete('memsize');
  file.delete('nothing.of.this.name');
  assert.equal(file.print(), text.replace('memSize=4096\n', ''));
  assert.equal(file.get('memSize'), undefined);
});

test('any value reads back as it was set', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const file = VmxFile.parse('a = "1"\nb = "2"\n');
      file.set('a', value);
      const again = VmxFile.parse(file.print());
      assert.deepEqual([again.get('a'), again.get('b'), again.settings().length], [value, '2', 2]);
    }),
  );
});

test('a bar is escaped itself, so that what looks like an escape reads back', () => {
  const file = VmxFile.parse('');
  file.set('a', '|22 "quoted"');
  assert.equal(file.print(), 'a = "|7C22 |22quoted|22"\n');
  assert.equal(VmxFile.parse(file.print()).get('a'), '|22 "quoted"');
});

test('the line ends of a file written on Windows are kept', () => {
  const file = VmxFile.parse('a = "1"\r\nb = "2"\r\n');
  file.set('a', '3');
  file.set('c', '4');
  assert.equal(file.get('b'), '2');
  assert.equal(file.print(), 'a = "3"\r\nb = "2"\r\nc = "4"\r\n');
});

test('a last line without an end gets one, and an empty file can be filled', () => {
  assert.equal(VmxFile.parse('a = "1"').print(), 'a = "1"\n');
  const file = VmxFile.parse('');
  file.set('a', '1');
  assert.equal(file.print(), 'a = "1"\n');
});

test('a setting that is there twice is refused, and so is a name that no line can hold', () => {
  assert.throws(() => VmxFile.parse('a.b = "1"\nA.B = "2"\n'), { code: 'InvalidArgument', message: /A\.B twice/ });
  assert.throws(() => VmxFile.parse('').set('a = "1"\nb', '2'), RangeError);
});
