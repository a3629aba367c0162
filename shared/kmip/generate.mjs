// Writes src/tags.ts, src/enums.ts and src/result-reasons.ts from a folder of registry-v<version>.json files
// ({ tags, enumerations }: the tables of KMIP 1.x §9.1.3 and 2.x §11) and result-reasons-v<version>.json files
// ({ operations }: 1.4 §11, 2.1 §6): node generate.mjs <folder>, then biome check --write .
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node generate.mjs <folder of registry-v*.json>');
const versions = ['1.0', '1.1', '1.2', '1.3', '1.4', '2.0', '2.1'];
// Names whose superscripts the tables lost, or that changed between versions.
const renamed = {
  'Recommended Curve for ECDSA, ECDH, and ECMQV': 'Recommended Curve',
  'Polynomial Sharing GF (28)': 'Polynomial Sharing GF2^8',
  'Polynomial Sharing GF (216)': 'Polynomial Sharing GF2^16',
};
const read = (file) => JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8'));

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

/** A number keeps its newest name of 1.x, or its first where only 2.x has it, and the first and last version with it. */
function merge(rows, table, version) {
  for (const [name, number] of Object.entries(table)) {
    if (name === '(Reserved)') continue;
    const key = Number(number);
    const { since, name: known } = rows.get(key) ?? { since: version };
    const renamedLater = known !== undefined && version.startsWith('2');
    rows.set(key, { name: renamedLater ? known : identifier(name), since, last: version });
  }
}

const hex = (number, digits) => `0x${number.toString(16).padStart(digits, '0')}`;
const sorted = (rows) => [...rows].sort(([a], [b]) => a - b);
const listed = (rows, digits) => sorted(rows).map(([number, { name }]) => `  ${name}: ${hex(number, digits)},`);
const asVersion = (version) => `[${version.replace('.', ', ')}]`;
const newer = (rows, than = versions[0]) =>
  sorted(rows)
    .filter(([, { since }]) => since !== than)
    .map(([, { name, since }]) => `  ${name}: ${asVersion(since)},`);
const gone = (rows) =>
  sorted(rows)
    .filter(([, { last }]) => last !== versions.at(-1))
    .map(([, { name, last }]) => `  ${name}: ${asVersion(last)},`);

const tags = new Map();
const enumerations = new Map();
for (const version of versions) {
  const registry = read(`registry-v${version}`);
  merge(tags, registry.tags, version);
  for (const [name, values] of Object.entries(registry.enumerations)) {
    const key = identifier(name);
    if (!enumerations.has(key)) enumerations.set(key, { version, rows: new Map() });
    merge(enumerations.get(key).rows, values, version);
  }
}

writeFileSync(
  new URL('src/tags.ts', import.meta.url),
  [
    '// Written by generate.mjs.',
    "import type { ProtocolVersion } from './version.ts';",
    '',
    '/** Every tag of KMIP 1.0 to 2.1 (1.4 §9.1.3.1, 2.1 §11), by its name in the XML encoding. */',
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
    '/** The last version that has a tag, where that is not the newest. */',
    'export const tagUntil: Readonly<Partial<Record<TagName, ProtocolVersion>>> = {',
    ...gone(tags),
    '};',
    '',
  ].join('\n'),
);

/** A map from enumerations to versions of those of their values that have one. */
const byEnumeration = (name, rowsOf) => [
  `export const ${name}: ReadonlyMap<EnumerationTable, Readonly<Record<string, ProtocolVersion>>> = new Map<`,
  '  EnumerationTable,',
  '  Readonly<Record<string, ProtocolVersion>>',
  '>([',
  ...[...enumerations]
    .filter(([, enumeration]) => rowsOf(enumeration).length > 0)
    .flatMap(([table, enumeration]) => [`[${table}, {`, ...rowsOf(enumeration), '}],']),
  ']);',
  '',
];

writeFileSync(
  new URL('src/enums.ts', import.meta.url),
  [
    '// Written by generate.mjs.',
    "import type { ProtocolVersion } from './version.ts';",
    '',
    'export type EnumerationTable = Readonly<Record<string, number>>;',
    '',
    ...[...enumerations].flatMap(([name, { rows }]) => [
      `/** KMIP 1.4 §9.1.3.2/3, 2.1 §11, ${name}. */`,
      `export const ${name} = {`,
      ...listed(rows, 2),
      '} as const;',
      '',
    ]),
    // A value that came with its enumeration is as old as the enumeration: its tag says so.
    '/** The version that brought a value, where that is later than its enumeration. */',
    ...byEnumeration('enumerationSince', ({ version, rows }) => newer(rows, version)),
    '/** The last version that has a value, where that is not the newest. */',
    ...byEnumeration('enumerationUntil', ({ rows }) => gone(rows)),
  ].join('\n'),
);

// Rows of both tables hold names of Result Reason; 1.4's may hold several, and what is not one is prose.
const reasonNames = new Set([...enumerations.get('ResultReason').rows.values()].map(({ name }) => name));
const reasonsOf = (rows) => {
  const words = rows.flatMap((row) => (row.reason ?? row).split(/\s*(?:,|;|\n|\bor\b)\s*/));
  return [...new Set(words.filter(Boolean).map(identifier))].filter((name) => reasonNames.has(name)).sort();
};
const operationNames = new Set([...enumerations.get('Operation').rows.values()].map(({ name }) => name));
const reasonTable = (version) =>
  Object.entries(read(`result-reasons-v${version}`).operations)
    .map(([operation, rows]) => [identifier(operation), reasonsOf(rows)])
    .filter(([operation, reasons]) => operationNames.has(operation) && reasons.length > 0)
    .map(([operation, reasons]) => `  ${operation}: [${reasons.map((reason) => `'${reason}'`).join(', ')}],`);
const reasonType = 'Readonly<Partial<Record<keyof typeof Operation, readonly (keyof typeof ResultReason)[]>>>';

writeFileSync(
  new URL('src/result-reasons.ts', import.meta.url),
  [
    '// Written by generate.mjs.',
    "import type { Operation, ResultReason } from './enums.ts';",
    '',
    '/** The Result Reasons that KMIP 1.4 §11 names for an operation. */',
    `export const resultReasons1: ${reasonType} = {`,
    ...reasonTable('1.4'),
    '};',
    '',
    '/** The Result Reasons that KMIP 2.1 §6 permits for an operation. */',
    `export const resultReasons2: ${reasonType} = {`,
    ...reasonTable('2.1'),
    '};',
    '',
  ].join('\n'),
);
