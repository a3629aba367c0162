import { join } from 'node:path';
import { createDatabases } from './create-databases.ts';
import { describeLab, kmsFiles, type Plan, users } from './plan.ts';
import { writePrivateFile } from './private-file.ts';
import { runCommand } from './run-command.ts';
import { seed } from './seed.ts';
import {
  brokerSettings,
  commonSettings,
  type DatabaseService,
  databaseSettings,
  kmsSettings,
} from './service-settings.ts';
import { labFolders, repository } from './settings.ts';
import type { TaskDefinition } from './supervisor.ts';

const taskTimeoutMs = 60_000;

export function databases(plan: Plan): TaskDefinition {
  const server = { adminUrl: plan.database.adminUrl, isOwn: plan.database.process !== undefined };
  return {
    kind: 'task',
    name: 'databases',
    dependsOn: ['postgres'],
    run: () => createDatabases(server, labFolders(plan.settings.stateDirectory).secrets),
  };
}

export function migration(plan: Plan, service: DatabaseService): TaskDefinition {
  return {
    kind: 'task',
    name: `${service}-migrate`,
    dependsOn: ['databases'],
    run: async (signal) => {
      await runNode(plan, [`services/${service}/src/migrate.ts`], databaseSettings(plan, service, 'owner'), signal);
    },
  };
}

/** Two instances, each with an API key of its own, so that scripts can show that neither sees the other's keys. */
export function kmsProvisions(plan: Plan): readonly TaskDefinition[] {
  const files = kmsFiles(plan.settings.stateDirectory);
  const provision = (instance: string, apiKeyFile: string, signal: AbortSignal): Promise<string> => {
    const options = ['--instance', instance, '--api-key-file', apiKeyFile, '--role', 'Manager'];
    return runNode(plan, ['services/kms/src/provision.ts', ...options], kmsSettings(plan), signal);
  };
  return [
    {
      kind: 'task',
      name: 'kms-provision',
      dependsOn: ['kms-migrate'],
      run: async (signal) => writePrivateFile(files.provisionedFile, await provision('lab', files.apiKeyFile, signal)),
    },
    {
      kind: 'task',
      name: 'kms-provision-second',
      // After the first, which makes the root.
      dependsOn: ['kms-provision'],
      run: async (signal) => {
        await provision('second', files.secondApiKeyFile, signal);
      },
    },
  ];
}

export function brokerProvisions(plan: Plan): readonly TaskDefinition[] {
  const provision = (id: keyof typeof users, passwordFile: string): TaskDefinition => ({
    kind: 'task',
    name: `broker-provision-${id}`,
    dependsOn: ['vcenter-broker-migrate'],
    run: async (signal) => {
      const options = ['--user', users[id].name, '--password-file', passwordFile, '--role', users[id].role];
      const args = ['services/vcenter-broker/src/provision.ts', ...options];
      await runNode(plan, args, brokerSettings(plan), signal);
    },
  });
  return [
    provision('administrator', plan.secrets.administratorPassword),
    provision('noCrypto', plan.secrets.noCryptoPassword),
  ];
}

export function seeding(plan: Plan, services: readonly string[]): TaskDefinition {
  const { stateDirectory } = plan.settings;
  return {
    kind: 'task',
    name: 'seed',
    dependsOn: services,
    run: async (signal) =>
      seed({
        lab: await describeLab(plan),
        seedFile: join(stateDirectory, 'seed.json'),
        identityFile: (host) => join(labFolders(stateDirectory).host(host).state, 'identity.pub'),
        signal,
      }),
  };
}

/** Runs a program of this repository to its end; standard output is its result, and all it prints is in `tasks.log`. */
function runNode(
  plan: Plan,
  [file = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  return runCommand({
    command: [process.execPath, join(repository, file), ...args],
    environment: { ...commonSettings(plan), ...environment },
    workingDirectory: repository,
    timeoutMs: taskTimeoutMs,
    log: { directory: labFolders(plan.settings.stateDirectory).logs, name: 'tasks' },
    signal,
  });
}
