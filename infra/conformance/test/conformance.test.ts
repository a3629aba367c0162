import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { aClient, anAdapter, startKms } from '../../../services/kms/test/kms.ts';
import { documentFile, formatDocument, promised, runSets } from '../src/report.ts';

/** Where `npm run conformance` asks for the outcomes; it also renews the document. */
const reportFile = process.env['KAGIBAKO_CONFORMANCE_REPORT'];

test('no fewer OASIS cases pass than docs/conformance.md says', async () => {
  const kms = await startKms();
  try {
    const reports = await runSets(async () => (await aClient(kms, await anAdapter(kms))).send);
    if (reportFile !== undefined) {
      writeFileSync(reportFile, JSON.stringify(reports));
      writeFileSync(documentFile, formatDocument(reports));
    }
    assert.ok(existsSync(documentFile));
    const said = promised(readFileSync(documentFile, 'utf8'));
    assert.deepEqual(
      [...said.keys()],
      reports.map(({ set }) => set),
    );
    for (const { set, passed } of reports) assert.ok(passed >= (said.get(set) ?? 0), `${set}: ${passed} pass`);
  } finally {
    await kms.stop();
  }
});
