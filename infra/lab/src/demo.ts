import { randomBytes } from 'node:crypto';
import { type RestClient, type StepTrace, signInToBroker, signInToKms } from './demo-clients.ts';
import { type DemoImage, makeDemoImage, placeImage } from './demo-image.ts';
import { type StoryStep, storySteps } from './demo-steps.ts';
import type { Lab } from './lab-file.ts';

export interface DemoOptions {
  /** One JSON line for each step instead of text. */
  readonly json: boolean;
  /** Told of each step when it has ended, besides what is printed. */
  readonly onStep?: (result: StepResult) => void;
  /** Puts the demo's disk image on the first host's datastore, where that is not a folder of this machine. */
  readonly placeImage?: (name: string, image: DemoImage) => Promise<string>;
  readonly print?: (line: string) => void;
  /** The whole story by default. */
  readonly steps?: readonly StoryStep[];
}

export interface StepResult {
  readonly step: string;
  readonly traceId: string;
  readonly durationMs: number;
  readonly lines: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the steps of one story share: who is signed in, and what earlier steps made. */
export interface Story {
  readonly lab: Lab;
  readonly name: string;
  readonly host: string;
  readonly image: DemoImage;
  readonly trace: StepTrace;
  readonly placeImage: (name: string, image: DemoImage) => Promise<string>;
  broker: RestClient;
  kms: RestClient;
  adapterId: string;
  /** Paths of client certificates registered at the KMS's adapter, to remove at the end. */
  certificates: string[];
  providers: string[];
  vm: string;
  capacityBytes: number;
}

/** Tells the story of one encrypted VM against a running lab, step by step; throws where a step does not hold. */
export async function runDemo(lab: Lab, options: DemoOptions): Promise<StepResult[]> {
  const print = options.print ?? console.log;
  const story = await beginStory(lab, options);
  const results: StepResult[] = [];
  for (const step of options.steps ?? storySteps) {
    const result = await runStep(step, story);
    results.push(result);
    options.onStep?.(result);
    print(options.json ? JSON.stringify(result) : asText(result));
  }
  return results;
}

async function beginStory(lab: Lab, options: DemoOptions): Promise<Story> {
  const [agent] = lab.agents;
  if (agent === undefined) throw new Error('the lab has no host');
  const name = `demo-${randomBytes(3).toString('hex')}`;
  const trace = { traceparent: newTraceparent() };
  const place = options.placeImage ?? ((imageName, image) => placeImage(agent.datastore, agent.name, imageName, image));
  return {
    lab,
    name,
    trace,
    host: agent.name,
    image: makeDemoImage(name),
    placeImage: place,
    broker: await signInToBroker(lab, trace),
    kms: await signInToKms(lab, trace),
    adapterId: '',
    certificates: [],
    providers: [],
    vm: '',
    capacityBytes: 0,
  };
}

async function runStep(step: StoryStep, story: Story): Promise<StepResult> {
  story.trace.traceparent = newTraceparent();
  const lines: string[] = [];
  const started = performance.now();
  try {
    const details = await step.run(story, (line) => lines.push(line));
    const durationMs = Math.round(performance.now() - started);
    return { step: step.name, traceId: traceIdOf(story.trace), durationMs, lines, details };
  } catch (error) {
    const soFar = lines.map((line) => `\n  ${line}`).join('');
    throw new Error(`${step.name} (trace ${traceIdOf(story.trace)}): ${messageOf(error)}${soFar}`, { cause: error });
  }
}

const asText = ({ step, traceId, durationMs, lines }: StepResult): string =>
  `${step}\n${lines.map((line) => `    ${line}\n`).join('')}    ${durationMs} ms, trace ${traceId}\n`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** W3C Trace Context §3.2: version, trace id, parent id, sampled. The step itself exports no span. */
const newTraceparent = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

const traceIdOf = (trace: StepTrace): string => trace.traceparent.split('-')[1] ?? '';
