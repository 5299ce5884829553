/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DisableEnhancedMonitoring.html */
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { changeMonitoring, monitoringInput } from "./enhanced-monitoring.ts";
import { addressedArn } from "./find-stream.ts";

export const disableEnhancedMonitoring = operation({
  input: monitoringInput,
  resource: addressedArn,
  async handle({ ShardLevelMetrics, ...address }, context: DataStreamContext) {
    return changeMonitoring(address, ShardLevelMetrics, context, (standing, named) =>
      standing.filter((name) => !named.includes(name)),
    );
  },
});
