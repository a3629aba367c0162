import type { StepResult } from '@kagibako/lab/demo';
import type { EncryptedVmFile } from '../lab-secrets.ts';
import type { OtlpReceiver } from '../otlp-receiver.ts';
import type { RunningLab } from '../running-lab.ts';
import type { Wiretap } from '../wiretap.ts';

/** What the suites share; it is there once their `before` has run. */
export interface LabUnderTest {
  readonly running: RunningLab;
  readonly receiver: OtlpReceiver;
  readonly tap: Wiretap;
  /** The story's steps, once the first suite has told it. */
  readonly steps: StepResult[];
  /** What the story's VM said of its keys while it was encrypted. */
  readonly encryptedFiles: EncryptedVmFile[];
}
