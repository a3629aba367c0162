// Writes src/tags.ts and src/enums.ts from a folder of registry-v1.<minor>.json files ({ tags, enumerations }:
// the tables of KMIP §9.1.3): node generate.mjs <folder>, then biome check --write .
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node generate.mjs <folder of registry-v1.*.json>');
const minors = [0, 1, 2, 3, 4];
// Names whose superscripts the tables lost, or that changed between versions.
const renamed = {
  'Recommended Curve for ECDSA, ECDH, and ECMQV': 'Recommended Curve',
  'Polynomial Sharing GF (28)': 'Polynomial Sharing GF2^8',
  'Polynomial Sharing GF (216)': 'Polynomial Sharing GF2^16',
};
const read = (minor) => JSON.parse(readFileSync(join(folder, `registry-v1.${minor}.json`), 'utf8'));

/** The names of KMIP's XML encoding (KMIP Profiles 1.4 §5.4.1.1): Pre-Active is PreActive, PKCS#1 is PKCS_1, 3DES is DES3. */
function identifier(name) {
  const words = (renamed[name] ?? name)
    .replace(/\(PKCS#1 v[\d.]+\)$/, '')
    .replace(/[()]/g, ' ')
    .replace(/[^\w\s](?=[A-Za-z][a-z])/g, ' ')
    .replace(/[^\w\s]/g, '_')
    .trim()
    .replace(/^(\d+)(\w*)/, '$2$1')
    .split(/\s+/);
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}

/** A number keeps its newest name, and the first version that has it. */
function merge(rows, table, minor) {
  for (const [name, number] of Object.entries(table)) {
    const key = Number(number);
    rows.set(key, { name: identifier(name), minor: rows.get(key)?.minor ?? minor });
  }
}

const hex = (number, digits) => `0x${number.toString(16).padStart(digits, '0')}`;
const sorted = (rows) => [...rows].sort(([a], [b]) => a - b);
const listed = (rows, digits) => sorted(rows).map(([number, { name }]) => `  ${name}: ${hex(number, digits)},`);
const newer = (rows) =>
  sorted(rows)
    .filter(([, { minor }]) => minor > 0)
    .map(([, { name, minor }]) => `  ${name}: [1, ${minor}],`);

const tags = new Map();
const enumerations = new Map();
for (const minor of minors) {
  const registry = read(minor);
  merge(tags, registry.tags, minor);
  for (const [name, values] of Object.entries(registry.enumerations)) {
    const key = identifier(name);
    if (!enumerations.has(key)) enumerations.set(key, { minor, rows: new Map() });
    // A value that came with its enumeration is as old as the enumeration: its tag says so.
    merge(enumerations.get(key).rows, values, minor);
  }
}
for (const { minor, rows } of enumerations.values())
  for (const row of rows.values()) if (row.minor === minor) row.minor = 0;

writeFileSync(
  new URL('src/tags.ts', import.meta.url),
  [
    '// Written by generate.mjs.',
    "import type { ProtocolVersion } from './version.ts';",
    '',
    '/** Every tag of KMIP 1.0 to 1.4 (§9.1.3.1), by its name in the XML encoding. */',
    'export const tags = {',
    ...listed(tags, 6),
    '} as const;',
    'export type TagName = keyof typeof tags;',
    '',
    '/** The version that brought a tag, where that is not 1.0. */',
    'export const tagSince: Readonly<Partial<Record<TagName, ProtocolVersion>>> = {',
    ...newer(tags),
    '};',
    '',
  ].join('\n'),
);

writeFileSync(
  new URL('src/enums.ts', import.meta.url),
  [
    '// Written by generate.mjs.',
    "import type { ProtocolVersion } from './version.ts';",
    '',
    'export type EnumerationTable = Readonly<Record<string, number>>;',
    '',
    ...[...enumerations].flatMap(([name, { rows }]) => [
      `/** KMIP §9.1.3.2/3, ${name}. */`,
      `export const ${name} = {`,
      ...listed(rows, 2),
      '} as const;',
      '',
    ]),
    '/** The version that brought a value, where that is later than its enumeration. */',
    'export const enumerationSince: ReadonlyMap<EnumerationTable, Readonly<Record<string, ProtocolVersion>>> = new Map<',
    '  EnumerationTable,',
    '  Readonly<Record<string, ProtocolVersion>>',
    '>([',
    ...[...enumerations]
      .filter(([, { rows }]) => newer(rows).length > 0)
      .flatMap(([name, { rows }]) => [`[${name}, {`, ...newer(rows), '}],']),
    ']);',
    '',
  ].join('\n'),
);
