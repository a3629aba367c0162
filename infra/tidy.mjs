// Checks the rules of the layout: who may import whom, what files may be called, what pure packages may touch.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Packages that each folder may import; a service never imports a service. Tests may also import what they test with. */
const mayImport = {
  'shared/contracts': [],
  'shared/crypto': [],
  'shared/kmip': ['contracts'],
  'shared/telemetry': [],
  'shared/kmip-client': ['contracts', 'kmip'],
  'shared/bus': ['contracts', 'telemetry'],
  'shared/runtime': ['contracts', 'telemetry'],
  'shared/sealed-bus': ['contracts', 'crypto', 'bus', 'telemetry'],
  'shared/testing': [
    'contracts',
    'crypto',
    'kmip',
    'kmip-client',
    'bus',
    'runtime',
    'telemetry',
    'sealed-bus',
    'nats',
    'lab',
  ],
  'services/*': ['contracts', 'crypto', 'kmip', 'kmip-client', 'bus', 'sealed-bus', 'runtime', 'telemetry'],
  'infra/nats': ['contracts', 'bus', 'runtime', 'telemetry'],
  'infra/lab': ['contracts', 'nats'],
  'infra/conformance': ['kmip', 'kms', 'testing', 'lab'],
  'infra/docker': ['lab', 'nats'],
  'infra/e2e': [
    'contracts',
    'crypto',
    'kmip',
    'kmip-client',
    'bus',
    'sealed-bus',
    'telemetry',
    'testing',
    'nats',
    'lab',
    // What services wrote to disk and database is opened by their own code, to know which keys to look for.
    'kms',
    'esxi-agent',
  ],
};
const testsMayImport = [
  'testing',
  'contracts',
  'crypto',
  'kmip',
  'kmip-client',
  'bus',
  'sealed-bus',
  'runtime',
  'telemetry',
  'nats',
  'lab',
];
const pure = ['shared/contracts', 'shared/kmip', 'shared/crypto'];
const ioModules =
  /^(node:(fs|net|tls|http|https|http2|child_process|dgram|dns|os|process|worker_threads|readline|timers).*|pino|pg|fastify|@opentelemetry\/.*|@nats-io\/.*)$/;
const bannedNames = /^(index|utils?|helpers?|misc|common|types?|constants|interfaces|shared)\.(ts|mjs)$/;
/** Files that may read the environment: they hand settings on. */
const environmentFiles = /^(config|main|steward|migrate|provision|settings|start|entry)\.(ts|mjs)$/;
const linesMax = 400;
const tables = /(tags|enums|attributes|result-reasons|vectors)\.ts$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(shared|services|infra)\/[^/]+\//.test(file) && existsSync(join(root, file)));
const problems = files.flatMap(problemsOf);
for (const problem of problems) console.error(problem);
console.log(`tidy: ${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function problemsOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  const folder = file.split('/').slice(0, 2).join('/');
  const source = file.startsWith(`${folder}/src/`);
  const found = [];
  const complain = (what) => found.push(`${file}: ${what}`);
  if (bannedNames.test(basename(file))) complain('the name does not say what is inside');
  if (isBarrel(text)) complain('only re-exports: import from the file that has it');
  if (source && !tables.test(file) && text.split('\n').length > linesMax) complain(`more than ${linesMax} lines`);
  if (source && !readsEnvironment(folder) && /process\.env/.test(text) && !environmentFiles.test(basename(file)))
    complain('reads the environment; settings belong in config.ts');
  if (pure.includes(folder) && source && /\bprocess\.(env|argv|cwd|exit|on|std)|\bconsole\.\w+\(/.test(text))
    complain('a pure package uses process or console');
  for (const module of importsOf(text)) complainAboutImport(module, { file, folder, source, complain });
  return found;
}

/** Programs around the services, and what `npm test` hands to tests. */
function readsEnvironment(folder) {
  return folder.startsWith('infra/') || folder === 'shared/testing';
}

function complainAboutImport(module, { folder, source, complain }) {
  if (module.startsWith('.')) {
    if (!/\.(ts|mjs|json|wasm)$/.test(module)) complain(`imports ${module} without its ending`);
    return;
  }
  if (pure.includes(folder) && source && ioModules.test(module)) complain(`a pure package imports ${module}`);
  if (module.startsWith('node:')) return;
  const name = module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
  if (!declared(folder, source).includes(name)) complain(`imports ${name}, which its package.json does not declare`);
  if (!name.startsWith('@kagibako/')) return;
  const own = name.slice('@kagibako/'.length);
  const allowed = [
    ...(mayImport[folder] ?? mayImport[`${dirname(folder)}/*`] ?? []),
    ...(source ? [] : testsMayImport),
  ];
  if (!allowed.includes(own) && own !== basename(folder)) complain(`may not import ${name}`);
}

function importsOf(text) {
  return [
    ...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3]);
}

function isBarrel(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim();
  return (
    code !== '' &&
    code.replace(/export\s+(\*|type\s+\{[^}]*\}|\{[^}]*\})(\s+as\s+\w+)?\s+from\s+'[^']+';?/g, '').trim() === ''
  );
}

function declared(folder, source) {
  const {
    name,
    dependencies = {},
    devDependencies = {},
    optionalDependencies = {},
  } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return [
    name,
    ...Object.keys({ ...dependencies, ...optionalDependencies }),
    ...(source ? [] : Object.keys(devDependencies)),
  ];
}
