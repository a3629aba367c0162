import { join } from 'node:path';
import { findFreePort } from '../src/ports.ts';
import { adminUrl, ensureCluster, postgresProcess, postgresStateDirectory } from '../src/postgres.ts';
import { ensureSecret, secrets } from '../src/secrets.ts';
import { SupervisedProcess } from '../src/supervised-process.ts';
import { makeLabFolder, removeFolders } from './lab-folder.ts';

export interface TestPostgres {
  readonly adminUrl: string;
  readonly end: () => Promise<void>;
}

/** The server that `npm test` provisioned, or one of its own where a test file is run by itself. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const provisioned = process.env['KAGIBAKO_TEST_DATABASE_URL'];
  if (provisioned !== undefined) return { adminUrl: provisioned, end: () => Promise.resolve() };
  const folder = await makeLabFolder();
  const passwordFile = await ensureSecret(join(folder, 'secrets'), secrets.postgresSuperuser);
  const cluster = await ensureCluster(postgresStateDirectory(folder), passwordFile);
  const port = await findFreePort();
  const options = { logDirectory: folder, runDirectory: folder, report: () => undefined };
  const supervised = new SupervisedProcess(await postgresProcess(cluster, port), options);
  await supervised.start();
  const end = async (): Promise<void> => {
    await supervised.stop();
    await removeFolders(folder, cluster.stateDirectory);
  };
  return { adminUrl: await adminUrl(cluster, port), end };
}
