import { Failure } from '@kagibako/contracts/failures';
import { decodeKmipAnswer, encodeKmipQuestion, type KmipAnswer } from '@kagibako/contracts/kmip-envelope';
import type { SealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import type { Logger } from '@kagibako/telemetry/logger';

/** Who sends, as TLS knows it. */
export interface KmipPeer {
  /** SHA-256 of the client certificate's DER, lower-case hex. */
  fingerprint: string;
  address: string;
}

/** kms as connections see it. */
export interface KmsClient {
  /** The answer, which the caller wipes; undefined when kms gave none in time. The message stays the caller's. */
  execute(peer: KmipPeer, message: Uint8Array): Promise<KmipAnswer | undefined>;
}

/** A change whose answer was lost is not sent again: the client asks anew when it wants to. */
export function createKmsClient(caller: SealedCaller, logger: Logger): KmsClient {
  return {
    execute: async (peer, message) => {
      const question = encodeKmipQuestion({ fingerprint: peer.fingerprint, peerAddress: peer.address, message });
      try {
        return decodeKmipAnswer(await caller.call('executeKmip', question));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        logger.warn({ code: error.code, reason: error.message }, 'kms gave no answer');
        return undefined;
      } finally {
        question.fill(0);
      }
    },
  };
}
