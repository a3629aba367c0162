import { type ComposeProject, type Container, containersOf } from './compose-project.ts';
import { until } from './until.ts';

const buildTimeoutMs = 900_000;
const pullTimeoutMs = 180_000;
const startTimeoutMs = 300_000;
const stopTimeoutMs = 180_000;

export async function buildImages(project: ComposeProject): Promise<void> {
  await project.compose(['build'], { timeoutMs: buildTimeoutMs });
}

/** True if the pinned image is on this machine or a registry gives it. */
export async function isJaegerThere(project: ComposeProject): Promise<boolean> {
  const image = (await project.compose(['config', '--images', 'jaeger'])).trim();
  const succeeds = (running: Promise<string>): Promise<boolean> =>
    running.then(
      () => true,
      () => false,
    );
  if (await succeeds(project.docker(['image', 'inspect', image]))) return true;
  return succeeds(project.compose(['pull', 'jaeger'], { timeoutMs: pullTimeoutMs }));
}

/** Brings the lab up, until the seed has ended and every service is healthy. Throws with the logs of what failed. */
export async function start(project: ComposeProject, { withJaeger }: { withJaeger: boolean }): Promise<void> {
  const all = (await project.compose(['config', '--services'])).split('\n').filter((service) => service !== '');
  const wanted = all.filter((service) => withJaeger || service !== 'jaeger');
  try {
    await project.compose(['up', '--detach', ...wanted], { timeoutMs: startTimeoutMs });
    await until('every container is ready or has ended well', () => isReady(project), startTimeoutMs);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${await whatFailed(project)}`);
  }
}

async function isReady(project: ComposeProject): Promise<boolean> {
  const containers = [...(await containersOf(project)).values()];
  const failed = containers.find(({ State }) => State.Status === 'exited' && State.ExitCode !== 0);
  if (failed !== undefined) throw new Error(`${failed.Name} ended with ${failed.State.ExitCode}`);
  return containers.every(isWell);
}

/** What is not started again runs once, to its end. */
function isWell({ State, HostConfig }: Container): boolean {
  if (HostConfig.RestartPolicy.Name === 'no') return State.Status === 'exited' && State.ExitCode === 0;
  return State.Status === 'running' && (State.Health === undefined || State.Health.Status === 'healthy');
}

async function whatFailed(project: ComposeProject): Promise<string> {
  const unwell = [...(await containersOf(project))].filter(([, container]) => !isWell(container));
  const states = unwell.map(([service, { State }]) => `${service}: ${State.Status} ${State.Health?.Status ?? ''}`);
  const started = unwell.filter(([, { State }]) => State.Status !== 'created').map(([service]) => service);
  const logs = started.length === 0 ? '' : await project.compose(['logs', '--no-color', '--tail', '15', ...started]);
  return [...states, logs].join('\n');
}

/** Stops the lab and removes its containers, networks, volumes and the images built for it. */
export async function tearDown(project: ComposeProject): Promise<void> {
  await project.compose(['--profile', '*', 'down', '--volumes', '--timeout', '10'], { timeoutMs: stopTimeoutMs });
  const built = await builtImages(project);
  if (built.length > 0) await project.docker(['image', 'rm', ...built]);
}

async function builtImages({ docker, name }: ComposeProject): Promise<readonly string[]> {
  const listed = await docker([
    'image',
    'ls',
    '--filter',
    `reference=${name}/*`,
    '--format',
    '{{.Repository}}:{{.Tag}}',
  ]);
  return listed.split('\n').filter((image) => image !== '');
}

export async function expectNothingLeft(project: ComposeProject): Promise<void> {
  const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${project.name}`];
  const left = await Promise.all([
    project.docker(['ps', '--all', ...filter]),
    project.docker(['volume', 'ls', ...filter]),
    project.docker(['network', 'ls', ...filter]),
    builtImages(project).then((images) => images.join('\n')),
  ]);
  if (left.join('').trim() !== '') throw new Error(`left behind: ${left.join(' ')}`);
}
