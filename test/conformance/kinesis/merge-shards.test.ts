import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn, underAccount } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { A_NAME, bad, missing, NUMBER_FOR_TEXT, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { SHARD_0, SHARD_1, SHARD_2 } from "./reading.ts";
import { freshStream, sdk, sharedStream, untilActive } from "./streams.ts";
import { ACCOUNT_ID } from "../target.ts";

const StreamName = "clicks";
const three = sharedStream({ ShardCount: 3 });
const onDemand = sharedStream({});
const pair = (lower: string, upper: string) => ({
  ShardToMerge: lower,
  AdjacentShardToMerge: upper,
});

conformance("MergeShards", {
  serialization: {
    "takes no number for a shard": [{ StreamName, ShardToMerge: 0 }, NUMBER_FOR_TEXT],
    "takes no structure for a shard": [
      { StreamName, AdjacentShardToMerge: {} },
      STRUCTURE_FOR_SCALAR,
    ],
  },
  validation: {
    "wants two shards": [{ StreamName }, missing("shardToMerge"), missing("adjacentShardToMerge")],
    "checks their ids": [{ StreamName, ...pair("a b", "0") }, bad("shardToMerge", "a b", A_NAME)],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, pair("0", "1"));
    // No such shards, so that nothing changes when the stream is at rest either.
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ...pair("7", "8") }));

    it("is refused on demand", async () => {
      const name = await onDemand();
      await refuses(
        { StreamName: name, ...pair("0", "1") },
        "ValidationException",
        `Request is invalid. Stream ${name} under account ${ACCOUNT_ID} is in On-Demand mode.`,
      );
    });

    it("replaces two neighbours by one shard", async () => {
      const name = await freshStream({ ShardCount: 2 });
      expect(await call({ StreamName: name, ...pair("0", SHARD_1) })).toEqual({});
      await untilActive(name);
      const { Shards } = await sdk.call("ListShards", { StreamName: name });
      const EndingSequenceNumber = expect.stringMatching(/^\d{56}$/) as string;
      expect(Shards).toMatchObject([
        { ShardId: SHARD_0, SequenceNumberRange: { EndingSequenceNumber } },
        { ShardId: SHARD_1, SequenceNumberRange: { EndingSequenceNumber } },
        {
          ShardId: SHARD_2,
          ParentShardId: SHARD_0,
          AdjacentParentShardId: SHARD_1,
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 128n - 1n) },
        },
      ]);
      expect(Shards![2]!.SequenceNumberRange).not.toHaveProperty("EndingSequenceNumber");
      await refuses(
        { StreamName: name, ...pair("0", "1") },
        "InvalidArgumentException",
        `Shard ${SHARD_0} in ${underAccount(name)} has already been merged or split, and thus is not eligible for merging or splitting.`,
      );
    });

    it("merges neighbours only, the lower one first", async () => {
      const name = await three();
      for (const [one, other] of [
        [SHARD_0, SHARD_2],
        [SHARD_1, SHARD_0],
        [SHARD_0, SHARD_0],
      ] as const) {
        await refuses(
          { StreamName: name, ...pair(one, other) },
          "InvalidArgumentException",
          `Shards ${one} and ${other} in ${underAccount(name)} are not an adjacent pair of shards eligible for merging`,
        );
      }
    });

    it("finds no shard that is not there, or has no number", async () => {
      const name = await three();
      await refuses(
        { StreamName: name, ...pair("2", "3") },
        "ResourceNotFoundException",
        `Could not find shard shardId-000000000003 in ${underAccount(name)}.`,
      );
      await refuses(
        { StreamName: name, ...pair("0", "ABC") },
        "ResourceNotFoundException",
        `Could not find shard ABC in ${underAccount(name)}.`,
      );
    });
  },
});
