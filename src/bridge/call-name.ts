/** A bridge's calls as the log knows producers' calls, so that repetitions of one are told by its proof. */
import { createHash } from "node:crypto";
import type { ProducerRequest } from "../log/record.ts";
import { callId } from "../log/retry.ts";
import type { TargetCall } from "./target.ts";

interface Put {
  readonly data: Uint8Array;
  readonly partitionKey?: string;
}

/** @param operation `Kinesis_20131202.PutRecords` */
export function callRequest(
  operation: string,
  { invocationId, attempt }: TargetCall,
  records: readonly Put[],
): ProducerRequest {
  const hash = createHash("sha256");
  for (const { data, partitionKey = "" } of records) {
    hash.update(JSON.stringify([partitionKey, data.length])).update(data);
  }
  // No access key has a name like this.
  const identity = { accessKeyId: "bridge", target: operation, invocationId };
  return { callId: callId({ ...identity, payloadSha256: hash.digest("hex") }), attempt };
}
