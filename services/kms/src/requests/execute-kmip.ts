import { decodeKmipQuestion, encodeKmipAnswer } from '@kagibako/contracts/kmip-envelope';
import type { Asked } from '@kagibako/sealed-bus/sealed-server';
import { answerMessage } from '../kmip-message.ts';
import type { Service } from '../service.ts';

export async function executeKmip(
  service: Service,
  { body, requestId }: Pick<Asked<'executeKmip'>, 'body' | 'requestId'>,
): Promise<Uint8Array> {
  const { clientKnown, answer } = await answerMessage(service, { ...decodeKmipQuestion(body), requestId });
  const message = encodeKmipAnswer({ clientKnown, message: answer });
  answer.fill(0);
  return message;
}
