import { after, before, describe } from 'node:test';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import { type RunningLab, startLab } from './running-lab.ts';
import type { LabUnderTest } from './suites/lab-under-test.ts';
import { leakScan } from './suites/leak-scan.ts';
import { oneTrace } from './suites/one-trace.ts';
import { pykmip } from './suites/pykmip.ts';
import { qemuImage } from './suites/qemu-image.ts';
import { refusals } from './suites/refusals.ts';
import { story } from './suites/story.ts';
import { tapBus, type Wiretap } from './wiretap.ts';

/** One lab, as `npm run lab` starts it, with a tap on its bus and a receiver for its traces. */
describe('the lab', () => {
  let running: RunningLab;
  let receiver: OtlpReceiver;
  let tap: Wiretap;
  const under: LabUnderTest = {
    get running() {
      return running;
    },
    get receiver() {
      return receiver;
    },
    get tap() {
      return tap;
    },
    steps: [],
    encryptedFiles: [],
  };

  before(async () => {
    receiver = await startOtlpReceiver();
    running = await startLab({ otlpUrl: receiver.url });
    tap = await tapBus(running.lab);
  });

  after(async () => {
    await tap?.close();
    await running?.stop();
    await receiver?.close();
  });

  story(under);
  oneTrace(under);
  pykmip(under);
  refusals(under);
  qemuImage(under);
  leakScan(under);
});
