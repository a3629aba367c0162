import type { Lab } from './lab-file.ts';

export interface DemoOptions {
  /** One JSON line for each step instead of text. */
  readonly json: boolean;
}

/** Tells the story of one encrypted VM against a running lab. */
export async function runDemo(_lab: Lab, _options: DemoOptions): Promise<void> {
  throw new Error('the demo is not made yet');
}
