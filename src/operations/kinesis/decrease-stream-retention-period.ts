/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html
 *
 * Readers look at the present retention, so older records are out of reach at once.
 */
import { RETENTION_CHANGE_BUDGET_MS } from "../../limits.ts";
import { noteRetention } from "../../streams/extend-expiry.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { checkBounds, checkDirection, retentionInput } from "./change-retention.ts";
import { changeStream } from "./change-stream.ts";
import { addressedArn, requireActive } from "./find-stream.ts";

export const decreaseStreamRetentionPeriod = operation({
  input: retentionInput,
  resource: addressedArn,
  async handle({ RetentionPeriodHours: hours, ...address }, context: DataStreamContext) {
    const { before, after } = await changeStream(address, context, (stream) => {
      checkBounds(hours);
      checkDirection(stream, hours, "Decrease");
      requireActive(stream, context);
      if (hours === stream.retentionHours) return stream;
      // Shards that are closed may be too old to be kept by now.
      const pruneAtMs = stream.pruneAtMs === undefined ? {} : { pruneAtMs: context.clock.now() };
      return { ...stream, retentionHours: hours, ...pruneAtMs };
    });
    if (after === before) return;
    await noteRetention(context, after, context.clock.now() + RETENTION_CHANGE_BUDGET_MS);
  },
});
