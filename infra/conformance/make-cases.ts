// Writes cases/<set>.jsonl from a folder of OASIS test cases in KMIP's XML: node make-cases.ts <folder>.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseXml } from '@kagibako/kmip/xml';
import { type CompactCase, compactOf } from './src/compact-case.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node make-cases.ts <folder of OASIS cases>');
const sets = ['profiles/v1.0', 'profiles/v1.3', 'profiles/v1.4', 'profiles/v2.1', 'testcases/v1.4'];
const target = new URL('cases/', import.meta.url);
mkdirSync(target, { recursive: true });

for (const set of sets) {
  const files = readdirSync(join(folder, set), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.xml'))
    .sort();
  const lines = files.map((file) => JSON.stringify(caseOf(file, readFileSync(join(folder, set, file), 'utf8'))));
  writeFileSync(new URL(`${set.replace('/', '-')}.jsonl`, target), `${lines.join('\n')}\n`);
}

function caseOf(file: string, xml: string): CompactCase {
  // Some files break an attribute's name over two lines, or have lines of notes between messages, and one goes on after its end.
  const whole = xml.replace(/(<AttributeName [^>]*?value="[^"\s]*)\s+/g, '$1 ');
  const [root] = parseXml(whole.replace(/^#.*$/gm, '').replace(/(<\/KMIP>)[\s\S]*$/, '$1'));
  const messages = typeof root?.value === 'string' ? [] : (root?.value ?? []).map(compactOf);
  // One case sends two requests before their answers come.
  const requests = messages.filter(([tag]) => tag === 'RequestMessage');
  const responses = messages.filter(([tag]) => tag === 'ResponseMessage');
  if (requests.length !== responses.length || requests.length === 0) throw new Error(`${file}: requests lack answers`);
  const steps = requests.flatMap((request, at) => {
    const response = responses[at];
    return response === undefined ? [] : [{ request, response }];
  });
  return { name: basename(file, '.xml'), steps };
}
