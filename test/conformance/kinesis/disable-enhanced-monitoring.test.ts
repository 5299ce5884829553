import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { badAt, lengthAtMost, LIST_WANTED, missing, NUMBER_FOR_TEXT } from "./sentences.ts";
import { freshStream, sdk, summaryOf } from "./streams.ts";

const StreamName = "clicks";
const ShardLevelMetrics = ["OutgoingBytes"];

conformance("DisableEnhancedMonitoring", {
  serialization: {
    "takes no text for a list": [{ StreamName, ShardLevelMetrics: "ALL" }, LIST_WANTED],
    "takes no number for a metric": [{ StreamName, ShardLevelMetrics: [1] }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants metrics": [{ StreamName }, missing("shardLevelMetrics")],
    "takes at most seven": [
      { StreamName, ShardLevelMetrics: Array.from({ length: 8 }, () => "ALL") },
      badAt("shardLevelMetrics", lengthAtMost(7)),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsStreams(subject, { ShardLevelMetrics });
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ShardLevelMetrics }));

    it("answers what was on and what is left", async () => {
      const name = await freshStream();
      await sdk.call("EnableEnhancedMonitoring", {
        StreamName: name,
        ShardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
      });
      expect(await call({ StreamName: name, ShardLevelMetrics })).toMatchObject({
        StreamName: name,
        CurrentShardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
        DesiredShardLevelMetrics: ["IncomingBytes"],
      });
      await call({ StreamName: name, ShardLevelMetrics: ["ALL"] });
      expect(await summaryOf(name)).toMatchObject({
        EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      });
    });
  },
});
