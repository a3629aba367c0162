// npm run conformance [-- --json] [--endpoint HOST:PORT --cert FILE --key FILE --ca FILE]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectEndpoint } from './endpoint.ts';
import { jsonLines, runSets, type SetReport } from './report.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, endpoint: text, cert: text, key: text, ca: text },
});
const repository = fileURLToPath(new URL('../../../', import.meta.url));

function ownServer(): readonly SetReport[] {
  const directory = mkdtempSync(join(tmpdir(), 'kagibako-conformance-'));
  try {
    const file = join(directory, 'report.json');
    const test = ['infra/lab/entry.mjs', 'test', 'infra/conformance/test/conformance.test.ts'];
    const { status } = spawnSync(process.execPath, test, {
      cwd: repository,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, KAGIBAKO_CONFORMANCE_REPORT: file },
    });
    if (status !== 0) throw new Error('the cases did not run');
    // The test wrote it.
    return JSON.parse(readFileSync(file, 'utf8')) as readonly SetReport[];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function otherServer(endpoint: string): Promise<readonly SetReport[]> {
  const { cert, key, ca } = values;
  if (cert === undefined || key === undefined || ca === undefined)
    throw new Error('--endpoint asks for --cert, --key and --ca');
  return await runSets(() => connectEndpoint(endpoint, { cert, key, ca }));
}

const reports = values.endpoint === undefined ? ownServer() : await otherServer(values.endpoint);
if (values.json) process.stdout.write(jsonLines(reports));
else for (const { cases: _, ...counts } of reports) console.log(Object.values(counts).join('\t'));
