// The story of one encrypted VM, told from a container: docker compose run --rm demo [--json]
import { parseArgs } from 'node:util';
import { runDemo } from '@kagibako/lab/demo';
import { readLab } from '@kagibako/lab/lab-file';
import { filesFolder } from './container-files.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
await runDemo(await readLab(filesFolder), values);
