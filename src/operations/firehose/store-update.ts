/**
 * Puts an updated stream in the place of the one before. A source backup that is new has readers to be opened: those of
 * lanes in the same step, those of a source's shards, which may be thousands, behind it.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { joinBackup } from "../../delivery/source/lifecycle.ts";
import { updateStream } from "../../delivery/update.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { lifecyclePorts } from "./kinesis-source.ts";

export function storeUpdate(context: DeliveryStreamContext) {
  return async (before: DeliveryStream, after: DeliveryStream): Promise<"updated" | "conflict"> => {
    const isJoining = !before.destination.backup && after.destination.backup !== undefined;
    if (!isJoining || before.source === undefined) return updateStream(context, before, after);
    // First: whatever becomes of the call, the sweep is there for what it leaves.
    await context.sweepRule.enable();
    const outcome = await joinBackup(lifecyclePorts(context), before, after);
    return outcome === "conflict" ? outcome : "updated";
  };
}
