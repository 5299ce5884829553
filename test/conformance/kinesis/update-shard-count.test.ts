import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import {
  atLeast,
  bad,
  BOOLEAN_FOR_INTEGER,
  missing,
  oneOf,
  TEXT_FOR_INTEGER,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream, summaryOf, untilActive } from "./streams.ts";
import { ACCOUNT_ID } from "../target.ts";

const StreamName = "clicks";
const ScalingType = "UNIFORM_SCALING";
const four = sharedStream({ ShardCount: 4 });
const onDemand = sharedStream({});

conformance("UpdateShardCount", {
  serialization: {
    "takes no boolean for a count": [{ StreamName, TargetShardCount: true }, BOOLEAN_FOR_INTEGER],
    "takes no text for a count": [{ StreamName, TargetShardCount: "2" }, TEXT_FOR_INTEGER],
  },
  validation: {
    "wants a count and a type": [
      { StreamName },
      missing("targetShardCount"),
      missing("scalingType"),
    ],
    "shows every value that breaks a bound": [
      { StreamName, TargetShardCount: 0, ScalingType: "LINEAR" },
      bad("targetShardCount", 0, atLeast(1)),
      bad("scalingType", "LINEAR", oneOf(ScalingType)),
    ],
  },
  behaviour(subject) {
    const { caller, call, refuses } = subject;
    itFindsStreams(subject, { TargetShardCount: 2, ScalingType });
    itWaitsForItsTurn(subject, (name) => ({
      StreamName: name,
      TargetShardCount: 1,
      ScalingType,
    }));

    it("is refused on demand", async () => {
      const name = await onDemand();
      await refuses(
        { StreamName: name, TargetShardCount: 4, ScalingType },
        "ValidationException",
        `Request is invalid. Stream ${name} under account ${ACCOUNT_ID} is in On-Demand mode.`,
      );
    });

    it("scales to shards of equal ranges, and answers what their count was", async () => {
      const name = await freshStream({ ShardCount: 3 });
      expect(await call({ StreamName: name, TargetShardCount: 5, ScalingType })).toMatchObject({
        StreamName: name,
        CurrentShardCount: 3,
        TargetShardCount: 5,
        ...(caller.supports("UpdateShardCount", "StreamARN") && { StreamARN: arnOf(name) }),
      });
      await untilActive(name);
      expect(await summaryOf(name)).toMatchObject({ OpenShardCount: 5 });
      const ShardFilter = { Type: "AT_LATEST" };
      const { Shards } = await sdk.call("ListShards", { StreamName: name, ShardFilter });
      const starts = Shards!.map(({ HashKeyRange }) => BigInt(HashKeyRange!.StartingHashKey!));
      const width = 2n ** 128n / 5n;
      expect(starts.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
        [0n, 1n, 2n, 3n, 4n].map((index) => index * width),
      );
    });

    it("changes nothing when there are as many already", async () => {
      const name = await four();
      expect(await call({ StreamName: name, TargetShardCount: 4, ScalingType })).toMatchObject({
        CurrentShardCount: 4,
        TargetShardCount: 4,
      });
      expect(await summaryOf(name)).toMatchObject({ StreamStatus: "ACTIVE" });
    });

    it("goes no further than double and half at once", async () => {
      const name = await four();
      await refuses(
        { StreamName: name, TargetShardCount: 9, ScalingType },
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 4, Target shard count: 9",
      );
      await refuses(
        { StreamName: name, TargetShardCount: 1, ScalingType },
        "LimitExceededException",
        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: 4, Target shard count: 1",
      );
    });
  },
});
