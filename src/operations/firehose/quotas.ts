/**
 * AWS's quotas on delivery streams: how many of them an account has, and, where the deployment asks for AWS's limits, how
 * often a second they are managed and how much a second is put to each.
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
import { RATE_EXCEEDED, serviceError } from "../../errors.ts";
import {
  CONTROL_CALLS_PER_SECOND,
  DIRECT_PUT_LARGE_PER_SECOND,
  DIRECT_PUT_LARGE_REGIONS,
  DIRECT_PUT_PER_SECOND,
  QUOTA_NAMES_SHOWN_MAX_COUNT,
} from "../../limits.ts";
import type { ShardKey } from "../../log/store.ts";
import { takeCall } from "../../streams/read-limit.ts";
import type { Operation, Output } from "../../wire/operation.ts";
import type { Members } from "../../wire/shape.ts";
import type { DeliveryStreamContext, PutQuota } from "../context.ts";

type QuotaContext = Pick<DeliveryStreamContext, "deliveryStreams" | "deliveryStreamsMaxCount">;

/** Two creations at once may both find room for one. A name that is taken is refused for that, by whoever creates it. */
export async function checkStreamQuota(
  name: string,
  { deliveryStreams, deliveryStreamsMaxCount: maxCount }: QuotaContext,
): Promise<void> {
  if (maxCount === undefined) return;
  const names = await deliveryStreams.list({ limit: maxCount });
  if (names.length < maxCount || (await deliveryStreams.get(name)) !== undefined) return;
  const shown = names.slice(0, QUOTA_NAMES_SHOWN_MAX_COUNT).join(", ");
  throw serviceError(
    "LimitExceededException",
    `You have already consumed your firehose quota of ${maxCount} hoses. Firehose names: [${shown}]`,
  );
}

/** An operation that AWS takes five times a second; all of them together, in whichever process. */
export function managed<
  Fields extends Members,
  Context extends DeliveryStreamContext,
  Out extends Output,
>(name: string, operation: Operation<Context, Fields, Out>): Operation<Context, Fields, Out> {
  return {
    ...operation,
    async handle(input, context) {
      const { controlWindows: readWindows, clock } = context;
      if (readWindows !== undefined) {
        const place = `firehose-calls/${name}` as ShardKey;
        const isTaken = await takeCall({ readWindows, clock }, place, CONTROL_CALLS_PER_SECOND);
        if (!isTaken) throw serviceError("ThrottlingException", RATE_EXCEEDED);
      }
      return operation.handle(input, context);
    },
  };
}

export function putQuotaOf(region: string): PutQuota {
  return DIRECT_PUT_LARGE_REGIONS.includes(region)
    ? DIRECT_PUT_LARGE_PER_SECOND
    : DIRECT_PUT_PER_SECOND;
}

/** A lane's part of its stream's quota. Producers choose lanes at random, and go on to others where one is full. */
export function shareOf(quota: PutQuota, laneCount: number): PutQuota {
  const part = (count: number) => Math.max(1, Math.floor(count / laneCount));
  return {
    recordCount: part(quota.recordCount),
    callCount: part(quota.callCount),
    byteCount: part(quota.byteCount),
  };
}
