import { readdirSync, readFileSync } from 'node:fs';
import type { CompactCase } from './compact-case.ts';
import { type Outcome, runCase, type Send } from './run-case.ts';

export interface SetReport {
  readonly set: string;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly cases: readonly { readonly name: string; readonly outcome: Outcome }[];
}

const folder = new URL('../cases/', import.meta.url);
export const documentFile = new URL('../../../docs/conformance.md', import.meta.url);

/** Runs every case of every set; each asks for a `send` of its own, whose objects nobody else sees where that can be had. */
export async function runSets(newSend: () => Promise<Send>): Promise<readonly SetReport[]> {
  const reports: SetReport[] = [];
  for (const file of readdirSync(folder).sort()) {
    const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
    const cases: { name: string; outcome: Outcome }[] = [];
    for (const line of lines) {
      // make-cases.ts wrote this line.
      const one = JSON.parse(line) as CompactCase;
      cases.push({ name: one.name, outcome: await runCase(one, await newSend(), new Date()) });
    }
    const count = (outcome: Outcome['outcome']) => cases.filter((one) => one.outcome.outcome === outcome).length;
    const counts = { passed: count('passed'), failed: count('failed'), notApplicable: count('notApplicable') };
    reports.push({ set: file.replace('.jsonl', ''), ...counts, cases });
  }
  return reports;
}

export const jsonLines = (reports: readonly SetReport[]): string =>
  reports.map(({ cases: _, ...counts }) => `${JSON.stringify(counts)}\n`).join('');

/** The counts as a table, and each case that did not pass with its reason. */
export function formatDocument(reports: readonly SetReport[]): string {
  const rows = reports.map(
    ({ set, passed, failed, notApplicable }) => `| ${set} | ${passed} | ${failed} | ${notApplicable} |`,
  );
  const details = reports.flatMap(({ set, cases }) => [
    '',
    `## ${set}`,
    '',
    '| case | outcome | reason |',
    '|---|---|---|',
    ...cases.flatMap(rowOf),
  ]);
  return [
    '# Conformance',
    '',
    'The OASIS KMIP profile and test cases, run by `npm run conformance` against kms. An operation that is not answered',
    'is a failure; not applicable are those of a server that calls its client, and of PKCS#11.',
    '',
    '| set | passed | failed | not applicable |',
    '|---|---|---|---|',
    ...rows,
    ...details,
    '',
  ].join('\n');
}

function rowOf({ name, outcome }: SetReport['cases'][number]): readonly string[] {
  if (outcome.outcome === 'passed') return [];
  const words = outcome.outcome === 'failed' ? 'failed' : 'not applicable';
  return [`| ${name} | ${words} | ${outcome.reason.replace(/[|\n]/g, ' ').slice(0, 160)} |`];
}

/** The passed cases that the document promises, by set. */
export function promised(document: string): ReadonlyMap<string, number> {
  const rows = document.matchAll(/^\| ([\w.-]+) \| (\d+) \| \d+ \| \d+ \|$/gm);
  return new Map([...rows].map(([, set = '', passed]) => [set, Number(passed)]));
}
