/** What takes up a flush's objects once they stand, and holds the checkpoint back until it has. */
import { FlushMeter } from "../../flush-meter.ts";
import type { DeliveryPlan, PlannedTarget } from "../../plan.ts";
import { report } from "../s3/carry-out.ts";
import type { SinkOptions } from "../sink-options.ts";
import type { ObjectFollower } from "./port.ts";
import { nextStep, settleRun, told } from "./run.ts";
import type { Settling } from "./settling.ts";

const BEGUN: Settling = { droppedCount: 0, failedBytes: 0, failures: [] };

export function followObjects(
  options: SinkOptions,
  target: PlannedTarget,
  follower: ObjectFollower,
): Required<Pick<SinkOptions, "behindObjects">> {
  return {
    async behindObjects(given, objects, save) {
      const standing = objects.flatMap(({ bucket, key, errorOutputType }) =>
        errorOutputType === undefined ? { bucket, key } : [],
      );
      if (standing.length === 0) return undefined;
      const meter = new FlushMeter();
      let plan: DeliveryPlan = given;
      const settling = () => plan.settling ?? BEGUN;
      const { attempts, state } = settling();
      const run = {
        ...settleRun(options, plan, attempts, meter),
        ...(state !== undefined && { state }),
        save(next: unknown) {
          plan = { ...plan, settling: { ...settling(), state: next } };
          return save(plan);
        },
      };
      const settlement = await follower.settle(standing, run);
      const step = nextStep(options, settlement, attempts, target, follower.retryEveryMs);
      switch (step.kind) {
        case "settled":
          return undefined;
        case "fenced":
          return { kind: "fenced" };
        case "later":
          return { kind: "later", plan, retryAtMs: step.atMs };
        case "again":
          options.tellError(told(step.attempts.error), plan);
          report(options, plan, { isFailed: true, metrics: meter.values() });
          return {
            kind: "later",
            plan: { ...plan, settling: { ...settling(), attempts: step.attempts } },
            retryAtMs: step.attempts.retryAtMs,
          };
        case "given up":
          options.tellError(told(step.error), plan);
          await follower.givenUp(standing, run, step.error);
          return undefined;
      }
    },
  };
}
