import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { runDemo, type StepResult } from '@kagibako/lab/demo';
import { signInToBroker, textField } from '@kagibako/lab/demo-clients';
import { storySteps } from '@kagibako/lab/demo-steps';
import type { Lab } from '@kagibako/lab/lab-file';
import type { PlaceImage } from './compose-lab.ts';
import { connectScript, createKey, getKey } from './kmip-script.ts';

const blockBytes = 1024 * 1024;
const diskKey = '2000';

/** What must still be there after a restart; each looks into the lab it is given. */
export interface LeftBehind {
  expectKey(lab: Lab): Promise<void>;
  expectVm(lab: Lab): Promise<void>;
}

/** Makes a key by KMIP, and a VM that it encrypts. */
export async function leaveBehind(lab: Lab, placeImage: PlaceImage): Promise<LeftBehind> {
  const key = await withScript(lab, async (client) => {
    const uniqueIdentifier = await createKey(client);
    return { uniqueIdentifier, material: await getKey(client, uniqueIdentifier) };
  });
  const untilEncrypted = storySteps.slice(0, storySteps.findIndex(({ name }) => name.startsWith('4.')) + 1);
  const steps = await runDemo(lab, { json: false, print: () => undefined, steps: untilEncrypted, placeImage });
  const vm = String(detail(steps, '3.', 'vm'));
  const sha256 = await digest(lab, vm);
  return {
    expectKey: (later) =>
      withScript(later, async (client) => {
        const found = await getKey(client, key.uniqueIdentifier);
        assert.ok(Buffer.from(found.expose()).equals(key.material.expose()), 'the material is another');
        found.destroy();
      }),
    expectVm: (later) => expectVm(later, vm, sha256),
  };
}

type Script = Awaited<ReturnType<typeof connectScript>>;

async function withScript<T>(lab: Lab, use: (client: Script) => Promise<T>): Promise<T> {
  const client = await connectScript(lab);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function detail(steps: readonly StepResult[], number: string, name: string): unknown {
  return steps.find(({ step }) => step.startsWith(number))?.details[name];
}

/** Powered on, so that the host had to ask for the KEK, which it forgot at the latest when it was restarted. */
async function expectVm(lab: Lab, vm: string, sha256: string): Promise<void> {
  const broker = await signIn(lab);
  await broker.post(`/api/vcenter/vm/${vm}/power?action=start`);
  assert.equal(await digest(lab, vm), sha256);
  await broker.post(`/api/vcenter/vm/${vm}/power?action=stop`);
}

async function digest(lab: Lab, vm: string): Promise<string> {
  const body = { disk: diskKey, offset: 0, length: blockBytes };
  return textField(await (await signIn(lab)).post(`/api/kagibako/vm/${vm}/digest`, body), 'sha256');
}

const signIn = (lab: Lab) =>
  signInToBroker(lab, {
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
  });
