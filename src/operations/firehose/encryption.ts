/** What the operations on a stream's encryption share: Firehose's refusals, the stream's keys, and how all that is described. */
import type {
  DeliveryStreamEncryptionConfiguration,
  DeliveryStreamFailureType,
} from "@aws-sdk/client-firehose";
import { type DeliveryStream, streamIdOf } from "../../delivery/delivery-stream.ts";
import { encryptionStatus, isCalledTooOften, type StreamKey } from "../../delivery/encryption.ts";
import { keyMetrics } from "../../delivery/key-metrics.ts";
import { serviceError } from "../../errors.ts";
import { ENCRYPTION_CALLS_MAX_COUNT } from "../../limits.ts";
import type { BlockSealer, BlockSeals } from "../../log/block-seals.ts";
import type { KeyAnswer, KeyRefusal, KeyRefusalReason } from "../../log/keys.ts";
import type { Infer } from "../../wire/shape.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { checkTargets } from "./named-targets.ts";
import { invalidArgument } from "./refusals.ts";
import type { encryptionInput } from "./source-shapes.ts";

type EncryptionInput = Infer<typeof encryptionInput>;

const FAILURES: Readonly<Record<KeyRefusalReason, DeliveryStreamFailureType>> = {
  AccessDeniedException: "KMS_ACCESS_DENIED",
  DisabledException: "DISABLED_KMS_KEY",
  InvalidKeyUsageException: "INVALID_KMS_KEY",
  KMSInvalidStateException: "INVALID_KMS_KEY",
  NotFoundException: "KMS_KEY_NOT_FOUND",
  OptInRequired: "KMS_OPT_IN_REQUIRED",
};

/** Of streams that are put to. */
export function refuseOtherThanDirectPut(isDirectPut: boolean): void {
  if (isDirectPut) return;
  throw invalidArgument(
    "Server side encryption from firehose is only allowed for direct put delivery streams and database as a source delivery streams",
  );
}

/** Refuses what cannot be started or stopped. Answers the time of the call. */
export function checkEncryptable(
  { name, source, encryption }: DeliveryStream,
  { clock }: Pick<DeliveryStreamContext, "clock">,
): number {
  refuseOtherThanDirectPut(source === undefined);
  const nowMs = clock.now();
  if (!isCalledTooOften(encryption, nowMs)) return nowMs;
  // AWS's sentence is not known.
  throw serviceError(
    "LimitExceededException",
    `The encryption of firehose ${name} was started or stopped ${ENCRYPTION_CALLS_MAX_COUNT} times within 24 hours`,
  );
}

/** The key that is asked for; absent: AWS_OWNED_CMK, which here is the deployment's own. */
export function readKey(
  input: EncryptionInput | undefined,
  context: Pick<DeliveryStreamContext, "region" | "targets">,
): StreamKey {
  if (input === undefined) return {};
  const { KeyType, KeyARN } = input;
  if (KeyType === "CUSTOMER_MANAGED_CMK" && KeyARN === undefined) {
    throw invalidArgument("KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK");
  }
  if (KeyType === "AWS_OWNED_CMK" && KeyARN !== undefined) {
    throw invalidArgument("KeyARN cannot be specified when KeyType is AWS_OWNED_CMK");
  }
  if (KeyARN === undefined) return {};
  if (KeyARN.split(":")[3] !== context.region) {
    throw invalidArgument(
      "Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose",
    );
  }
  checkTargets([{ kind: "streamKey", arn: KeyARN }], context);
  return { keyArn: KeyARN };
}

/** Whether the key can be used now; what is remembered of it does not count. */
export async function tryOutKey(
  stream: Pick<DeliveryStream, "name" | "generation">,
  { keyArn }: StreamKey,
  context: Pick<DeliveryStreamContext, "seals">,
): Promise<KeyRefusal | undefined> {
  const answer = await sealsOf(context).askAgain(streamIdOf(stream), keyArn);
  if (answer.kind === "busy") throw new Error(`the keeper of ${keyArn ?? "the own key"} is busy`);
  return answer.kind === "refused" ? answer : undefined;
}

/** What seals that stream's records; `undefined`: nothing does. */
export async function sealerOf(
  stream: DeliveryStream,
  context: Pick<DeliveryStreamContext, "seals" | "measure">,
): Promise<Exclude<KeyAnswer<BlockSealer>, KeyRefusal> | undefined> {
  const key = stream.encryption?.key;
  if (key === undefined) return undefined;
  const answer = await sealsOf(context).sealerFor(streamIdOf(stream), key.keyArn);
  if (answer.kind !== "refused") return answer;
  const measured = keyMetrics(stream.name, answer);
  if (measured) context.measure?.(measured);
  const { reason, detail } = answer;
  throw serviceError("InvalidKMSResourceException", sentenceOf(answer, detail), { code: reason });
}

function sentenceOf({ reason }: KeyRefusal, detail: string): string {
  return reason === "AccessDeniedException"
    ? "The grant for the CMK to this delivery stream might have been revoked or caller might not have sufficient permissions for the CMK."
    : detail;
}

function sealsOf({ seals }: Pick<DeliveryStreamContext, "seals">): BlockSeals {
  if (seals === undefined) throw new Error("no keys are given here");
  return seals;
}

export function describeEncryption(
  { encryption }: DeliveryStream,
  nowMs: number,
): DeliveryStreamEncryptionConfiguration {
  const refused = encryption?.change.refused;
  const key = encryption?.key ?? refused;
  return {
    Status: encryptionStatus(encryption, nowMs),
    ...(key && {
      KeyType: key.keyArn === undefined ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK",
      ...(key.keyArn !== undefined && { KeyARN: key.keyArn }),
    }),
    ...(refused && { FailureDescription: describeRefusal(refused) }),
  };
}

export function describeRefusal({ reason, detail }: Omit<KeyRefusal, "kind">) {
  return { Type: FAILURES[reason], Details: detail };
}
