import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { badAt, lengthAtLeast, LIST_WANTED, missing, oneOf } from "./sentences.ts";
import { freshStream, summaryOf } from "./streams.ts";

const StreamName = "clicks";
const ALL = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
];

conformance("EnableEnhancedMonitoring", {
  serialization: {
    "takes no text for a list": [{ StreamName, ShardLevelMetrics: "ALL" }, LIST_WANTED],
  },
  validation: {
    "wants metrics": [{ StreamName }, missing("shardLevelMetrics")],
    "wants at least one": [
      { StreamName, ShardLevelMetrics: [] },
      badAt("shardLevelMetrics", lengthAtLeast(1)),
    ],
    "knows seven metrics and ALL": [
      { StreamName, ShardLevelMetrics: ["Bytes"] },
      badAt("shardLevelMetrics", `Member must satisfy constraint: [${oneOf(...ALL, "ALL")}]`),
    ],
  },
  behaviour(subject) {
    const { caller, call } = subject;
    const IncomingBytes = { ShardLevelMetrics: ["IncomingBytes"] };
    itFindsStreams(subject, IncomingBytes);
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ...IncomingBytes }));

    it("answers what was on and what is on now", async () => {
      const name = await freshStream();
      expect(await call({ StreamName: name, ...IncomingBytes })).toMatchObject({
        StreamName: name,
        CurrentShardLevelMetrics: [],
        DesiredShardLevelMetrics: ["IncomingBytes"],
        ...(caller.supports("EnableEnhancedMonitoring", "StreamARN") && { StreamARN: arnOf(name) }),
      });
      expect(await summaryOf(name)).toMatchObject({ EnhancedMonitoring: [IncomingBytes] });
      expect(await call({ StreamName: name, ShardLevelMetrics: ["ALL"] })).toMatchObject({
        CurrentShardLevelMetrics: ["IncomingBytes"],
        DesiredShardLevelMetrics: ALL,
      });
    });
  },
});
