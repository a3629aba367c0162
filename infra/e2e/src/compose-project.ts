import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { repository } from '@kagibako/lab/settings';

const timeoutMsDefault = 60_000;

/** One lab of containers, apart from any other on this machine by its project's name. */
export interface ComposeProject {
  readonly name: string;
  /** `docker compose …` of this project; its standard output. */
  compose(args: readonly string[], options?: RunOptions): Promise<string>;
  /** `docker …` itself. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
}

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly input?: Buffer;
}

/** `stop` ends what runs, and nothing begins after it. */
export function composeProject(
  name: string,
  settings: Readonly<Record<string, string>>,
  stop?: AbortSignal,
): ComposeProject {
  const environment = { ...process.env, ...settings };
  const docker = (args: readonly string[], options: RunOptions = {}): Promise<string> =>
    runDocker(args, { env: environment, ...(stop === undefined ? {} : { signal: stop }) }, options);
  return { name, docker, compose: (args, options) => docker(['compose', '--project-name', name, ...args], options) };
}

/** Any exit code but 0 is an error with the end of what was printed. */
async function runDocker(
  args: readonly string[],
  process: { env: NodeJS.ProcessEnv; signal?: AbortSignal },
  { timeoutMs = timeoutMsDefault, input }: RunOptions,
): Promise<string> {
  const child = spawn('docker', args, { ...process, cwd: repository, timeout: timeoutMs, stdio: 'pipe' });
  const closed = once(child, 'close');
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-30).join('\n');
  throw new Error(`docker ${args.join(' ')} ended with ${signal === null ? code : `${signal}, late`}:\n${said}`);
}

/** What `docker inspect` says of a container, as far as it is looked at. */
export interface Container {
  readonly Name: string;
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly Config: {
    readonly User: string;
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck?: { readonly Test: readonly string[] };
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Privileged: boolean;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** Every container of the project, by its service. */
export async function containersOf(project: ComposeProject): Promise<ReadonlyMap<string, Container>> {
  const ids = (await project.compose(['ps', '--all', '--quiet'])).split('\n').filter((id) => id !== '');
  if (ids.length === 0) return new Map();
  const containers: readonly Container[] = JSON.parse(await project.docker(['inspect', ...ids]));
  return new Map(containers.map((container) => [serviceOf(container), container]));
}

const serviceOf = (container: Container): string => container.Config.Labels['com.docker.compose.service'] ?? '';

export async function containerOf(project: ComposeProject, service: string): Promise<Container> {
  const container = (await containersOf(project)).get(service);
  if (container === undefined) throw new Error(`there is no container of ${service}`);
  return container;
}
