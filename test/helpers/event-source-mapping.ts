/** A mapping that is complete and at work, with Lambda's defaults; a test names only what it is about. */
import type { EventSourceMapping } from "../../src/consumer/mapping.ts";

/** When the clocks of the unit tests' worlds begin. */
const CREATED_AT_MS = 1_795_428_000_000;

export function eventSourceMapping(members: Partial<EventSourceMapping> = {}): EventSourceMapping {
  const { streamName = "clicks" } = members;
  return {
    uuid: "14e0db71-5d35-4eb5-b481-8945cf9d10c2",
    revision: 1,
    status: "enabled",
    startsEnabled: true,
    eventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${streamName}`,
    streamName,
    streamGeneration: "5c1f09ab27de4410",
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:count",
    start: { kind: "trim-horizon" },
    createdAtMs: CREATED_AT_MS,
    modifiedAtMs: CREATED_AT_MS,
    statusReason: "User action",
    batchSize: 100,
    batchingWindowSeconds: 0,
    parallelizationFactor: 1,
    bisectOnError: false,
    reportsItemFailures: false,
    tumblingWindowSeconds: 0,
    ...members,
  };
}

/** As a change stores it. */
export function changedMapping(
  standing: EventSourceMapping,
  members: Partial<EventSourceMapping>,
): EventSourceMapping {
  return { ...standing, ...members, revision: standing.revision + 1 };
}
