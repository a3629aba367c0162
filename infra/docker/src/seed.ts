// What an administrator would do first, once; and lab.json with all that scripts need, in the volume `access`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeLab } from '@kagibako/lab/lab-file';
import { writePrivateFile } from '@kagibako/lab/private-file';
import { seed } from '@kagibako/lab/seed';
import { filesFolder } from './container-files.ts';
import { apiKeyFiles, apiKeysFolder, describeContainerLab, identitiesFolder } from './container-lab.ts';

const seedTimeoutMs = 60_000;

const lab = await describeContainerLab();
for (const name of Object.values(apiKeyFiles)) {
  await writePrivateFile(join(filesFolder, name), await readFile(join(apiKeysFolder, name)));
}
await seed({
  lab,
  seedFile: join(filesFolder, 'seed.json'),
  identityFile: (host) => join(identitiesFolder, `${host}.pub`),
  signal: AbortSignal.timeout(seedTimeoutMs),
});
await writeLab(filesFolder, lab);
console.log('the lab is ready');
