/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html
 *
 * What has expired by then stays gone. The rest is made to live longer here as far as a call's time allows, and
 * by the sweep from there on.
 */
import { RETENTION_CHANGE_BUDGET_MS } from "../../limits.ts";
import { extendExpiry, isExtended } from "../../streams/extend-expiry.ts";
import { trimHorizonMs } from "../../streams/retention.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { checkBounds, checkDirection, retentionInput } from "./change-retention.ts";
import { changeStream } from "./change-stream.ts";
import { addressedArn, requireActive } from "./find-stream.ts";

export const increaseStreamRetentionPeriod = operation({
  input: retentionInput,
  resource: addressedArn,
  async handle({ RetentionPeriodHours: hours, ...address }, context: DataStreamContext) {
    const { clock } = context;
    const { after } = await changeStream(address, context, (stream) => {
      checkBounds(hours);
      checkDirection(stream, hours, "Increase");
      requireActive(stream, context);
      if (hours === stream.retentionHours) return stream;
      return {
        ...stream,
        retentionHours: hours,
        trimmedBeforeMs: trimHorizonMs(stream, clock.now()),
        extension: stream.revision + 1,
      };
    });
    if (!isExtended(after)) return;
    // First: whatever becomes of this call, the sweep is there for what it leaves.
    await context.sweepRule.enable();
    const deadlineMs = clock.now() + RETENTION_CHANGE_BUDGET_MS;
    await extendExpiry(context, [after], deadlineMs, (_, error) => {
      throw error;
    });
  },
});
