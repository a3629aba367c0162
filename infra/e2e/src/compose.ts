// npm run e2e:compose: the lab of containers comes up, tells the story, is as closed as it should be, survives a
// restart and goes away. It has a project, a network and ports of its own, and uses whatever `docker compose` answers.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDemo, type StepResult } from '@kagibako/lab/demo';
import type { Lab } from '@kagibako/lab/lab-file';
import { Checks } from './checks.ts';
import { fetchLab, type PlaceImage, placeImageInContainer } from './compose-lab.ts';
import { type ComposeProject, composeProject } from './compose-project.ts';
import { buildImages, expectNothingLeft, isJaegerThere, start, tearDown } from './compose-start.ts';
import { expectClosed } from './containment.ts';
import { freePrefix } from './free-subnet.ts';
import { servicesInTrace } from './jaeger-traces.ts';
import { routerChecks } from './router-checks.ts';
import { type LeftBehind, leaveBehind } from './survival.ts';
import { until } from './until.ts';

const demoTimeoutMs = 180_000;
const tracedServices = ['esxi-agent', 'kmip-gateway', 'kms', 'vcenter-broker'];
const portVariables = ['BROKER', 'KMS', 'KMIP', 'NATS', 'POSTGRES', 'JAEGER'].map((name) => `KAGIBAKO_${name}_PORT`);

interface Run {
  readonly project: ComposeProject;
  /** The same one, where a stop of the checks does not stop it. */
  readonly toTearDown: ComposeProject;
  readonly checks: Checks;
  /** Of files copied out of the lab; removed at the end. */
  readonly directory: string;
  readonly withJaeger: boolean;
}

async function runChecks(run: Run): Promise<void> {
  const { project, checks, directory, withJaeger } = run;
  const up = (): Promise<void> => start(project, { withJaeger });
  if (!(await checks.run('its images are built', () => buildImages(project)))) return;
  if (!(await checks.run('it comes up', up))) return;
  const lab = await fetchLab(project, directory);
  await checks.run('nothing is open that should be closed', () => expectClosed(project, lab));
  const steps: StepResult[] = [];
  await checks.run('the demo tells its story', () => tellStory(project, lab, steps));
  await checks.run('the demo tells it from a container', async () => {
    await project.compose(['run', '--rm', '-T', 'demo'], { timeoutMs: demoTimeoutMs });
  });
  for (const { name, check } of routerChecks(project)) await checks.run(name, check);
  if (withJaeger) await checks.run('Jaeger has the encryption’s trace of four services', () => findTrace(lab, steps));
  await checkSurvival(run, up);
}

async function tellStory(project: ComposeProject, lab: Lab, steps: StepResult[]): Promise<void> {
  const placeImage = placeInto(project, lab);
  await runDemo(lab, { json: false, placeImage, onStep: (step) => steps.push(step) });
}

function placeInto(project: ComposeProject, lab: Lab): PlaceImage {
  const host = lab.agents[0]?.name ?? '';
  return (name, image) => placeImageInContainer(project, host, name, image);
}

async function findTrace({ jaeger }: Lab, steps: readonly StepResult[]): Promise<void> {
  const traceId = steps.find(({ step }) => step.startsWith('4.'))?.traceId;
  if (jaeger === null || traceId === undefined) throw new Error('there is no encryption to look for');
  await until(`${jaeger.url}/trace/${traceId} has spans of ${tracedServices.join(', ')}`, async () => {
    const services = await servicesInTrace(jaeger.url, traceId);
    return tracedServices.every((service) => services.has(service));
  });
}

async function checkSurvival({ project, checks, directory }: Run, up: () => Promise<void>): Promise<void> {
  const before: LeftBehind[] = [];
  const left = await checks.run('a key and an encrypted VM are left in it', async () => {
    // Described anew: Docker gives a restarted container, the router, another port.
    const lab = await fetchLab(project, directory);
    before.push(await leaveBehind(lab, placeInto(project, lab)));
  });
  if (!left) return;
  const isBack = await checks.run('it goes down and comes up again', async () => {
    await project.compose(['down'], { timeoutMs: demoTimeoutMs });
    await up();
  });
  if (!isBack) return;
  const after = await fetchLab(project, directory);
  for (const { expectKey, expectVm } of before) {
    await checks.run('the key is there, with the same material', () => expectKey(after));
    await checks.run('the VM powers on and its disk reads as before', () => expectVm(after));
  }
}

async function prepare(stop: AbortSignal): Promise<Run> {
  const name = `kagibako-e2e-${randomBytes(3).toString('hex')}`;
  const plain = composeProject(name, {});
  const networks = (await plain.docker(['network', 'ls', '--quiet'])).split('\n').filter((id) => id !== '');
  const format = '{{range .IPAM.Config}}{{println .Subnet}}{{end}}';
  const subnets = (await plain.docker(['network', 'inspect', '--format', format, ...networks])).split('\n');
  const settings = {
    KAGIBAKO_KMS_PREFIX: freePrefix(subnets),
    // Docker takes any port that is free.
    ...Object.fromEntries(portVariables.map((variable) => [variable, '0'])),
  };
  const project = composeProject(name, settings, stop);
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  return {
    project,
    toTearDown: composeProject(name, settings),
    checks: new Checks(),
    directory,
    withJaeger: await isJaegerThere(project),
  };
}

/** Without a Jaeger image the rest of the lab is tested, and everybody told. */
async function judgeMissingJaeger({ checks, withJaeger }: Run): Promise<void> {
  if (withJaeger) return;
  console.log(
    '\n*** NO JAEGER: its image cannot be had here. The lab runs without it, and no trace is looked for. ***\n',
  );
  if (process.env['KAGIBAKO_JAEGER_REQUIRED'] === undefined) return;
  await checks.run('there is a Jaeger image', () => Promise.reject(new Error('KAGIBAKO_JAEGER_REQUIRED is set')));
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
const run = await prepare(stop.signal);
try {
  await judgeMissingJaeger(run);
  await runChecks(run);
  stop.signal.throwIfAborted();
} catch (error) {
  run.checks.failed += 1;
  console.error(error);
} finally {
  await run.checks.run('it goes away with all it made', async () => {
    await tearDown(run.toTearDown);
    await expectNothingLeft(run.toTearDown);
  });
  await rm(run.directory, { recursive: true, force: true });
}
console.log(`\n${run.checks.passed} passed, ${run.checks.failed} failed`);
process.exit(run.checks.failed === 0 ? 0 : 1);
