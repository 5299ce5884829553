/** What becomes of a plan: by what it delivers to, and how far an earlier run has come with it. */
import type { ExecuteResult } from "../../readers/reader.ts";
import { type DeliveryPlan, type PlannedTarget, plannedTarget } from "../plan.ts";
import { isStraight } from "../stages/pipeline.ts";
import { followObjects } from "./receivers/follow-objects.ts";
import type { ReceiverKind } from "./receivers/registry.ts";
import { batchReceiver } from "./receivers/batches.ts";
import { deliverToReceiver } from "./receivers/deliver.ts";
import { completeAll, deliverDirect, deliverThroughStages, type Save } from "./s3/carry-out.ts";
import type { SinkOptions } from "./sink-options.ts";

export async function carryOut(
  options: SinkOptions,
  plan: DeliveryPlan,
  save: Save,
): Promise<ExecuteResult<DeliveryPlan>> {
  if (plan.span.recordCount === 0 && plan.waiting === undefined) return { kind: "done" };
  const target = plan.target ?? plannedTarget(options.target);
  const receiver = target.receiver && (await receiverOf(options, target.receiver));
  const following =
    receiver?.kind === "behind-objects" ? followObjects(options, target, receiver.follower) : {};
  const through = { ...options, ...following };
  if (plan.staged !== undefined) return completeAll(through, plan, plan.staged, save);
  switch (receiver?.kind) {
    case "batches":
      return deliverToReceiver(options, target, batchReceiver(receiver.sender), plan, save);
    case "whole":
      return deliverToReceiver(options, target, receiver.receiver, plan, save);
    default:
      return isStraight(target)
        ? deliverDirect(options, target, plan)
        : deliverThroughStages(through, target, plan, save);
  }
}

/** Few streams deliver elsewhere than to S3: what does it is loaded for the first flush of one. */
async function receiverOf(
  { receivers: ports, stream }: SinkOptions,
  settings: NonNullable<PlannedTarget["receiver"]>,
): Promise<ReceiverKind> {
  if (ports === undefined) throw new Error(`nothing here delivers to ${settings.kind}`);
  const { open = (await import("./receivers/registry.ts")).openReceiver } = ports;
  return open({ settings, secrets: stream.receiverSecrets ?? {}, ports });
}
