import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn, underAccount } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { bad, LIST_FOR_SCALAR, matching, missing, NUMBER_FOR_TEXT } from "./sentences.ts";
import { SHARD_0, SHARD_1, SHARD_2 } from "./reading.ts";
import { freshStream, sdk, sharedStream, untilActive } from "./streams.ts";
import { ACCOUNT_ID } from "../target.ts";

const StreamName = "clicks";
const MIDDLE = String(2n ** 127n);
const HIGHEST = String(2n ** 128n - 1n);
const whole = sharedStream();
const onDemand = sharedStream({});

conformance("SplitShard", {
  serialization: {
    "takes no list for a shard": [{ StreamName, ShardToSplit: [] }, LIST_FOR_SCALAR],
    "takes no number for a hash key": [
      { StreamName, ShardToSplit: "0", NewStartingHashKey: 9 },
      NUMBER_FOR_TEXT,
    ],
  },
  validation: {
    "wants a shard and a hash key": [
      { StreamName },
      missing("shardToSplit"),
      missing("newStartingHashKey"),
    ],
    "wants a decimal number": [
      { StreamName, ShardToSplit: "0", NewStartingHashKey: "-1" },
      bad("newStartingHashKey", "-1", matching(String.raw`0|([1-9]\d{0,38})`)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    const atMiddle = { ShardToSplit: "0", NewStartingHashKey: MIDDLE };
    itFindsStreams(subject, atMiddle);
    // No such shard, so that nothing changes when the stream is at rest either.
    const nowhere = { ShardToSplit: "7", NewStartingHashKey: MIDDLE };
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ...nowhere }));

    it("is refused on demand", async () => {
      const name = await onDemand();
      await refuses(
        { StreamName: name, ...atMiddle },
        "ValidationException",
        `Request is invalid. Stream ${name} under account ${ACCOUNT_ID} is in On-Demand mode.`,
      );
    });

    it("replaces a shard by two halves", async () => {
      const name = await freshStream();
      expect(await call({ StreamName: name, ...atMiddle })).toEqual({});
      await untilActive(name);
      const { Shards } = await sdk.call("ListShards", { StreamName: name });
      expect(Shards).toMatchObject([
        {
          ShardId: SHARD_0,
          SequenceNumberRange: {
            EndingSequenceNumber: expect.stringMatching(/^\d{56}$/) as string,
          },
        },
        {
          ShardId: SHARD_1,
          ParentShardId: SHARD_0,
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
        },
        {
          ShardId: SHARD_2,
          ParentShardId: SHARD_0,
          HashKeyRange: { StartingHashKey: MIDDLE, EndingHashKey: HIGHEST },
        },
      ]);
      for (const child of Shards!.slice(1)) {
        expect(child).not.toHaveProperty("AdjacentParentShardId");
        expect(child.SequenceNumberRange).not.toHaveProperty("EndingSequenceNumber");
        expect(BigInt(child.SequenceNumberRange!.StartingSequenceNumber!)).toBeGreaterThan(
          BigInt(Shards![0]!.SequenceNumberRange!.EndingSequenceNumber!),
        );
      }
      await refuses(
        { StreamName: name, ...atMiddle },
        "InvalidArgumentException",
        `Shard ${SHARD_0} in ${underAccount(name)} has already been merged or split, and thus is not eligible for merging or splitting.`,
      );
    });

    it("leaves two keys to the lower half and one to the upper", async () => {
      const name = await whole();
      for (const NewStartingHashKey of ["1", HIGHEST]) {
        await refuses(
          { StreamName: name, ShardToSplit: "0", NewStartingHashKey },
          "InvalidArgumentException",
          `NewStartingHashKey ${NewStartingHashKey} used in SplitShard() on shard ${SHARD_0} in ${underAccount(name)} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${HIGHEST}.`,
        );
      }
    });

    it("finds no shard that is not there, or has no number", async () => {
      const name = await whole();
      await refuses(
        { StreamName: name, ...nowhere },
        "ResourceNotFoundException",
        `Could not find shard shardId-000000000007 in ${underAccount(name)}.`,
      );
      await refuses(
        { StreamName: name, ...nowhere, ShardToSplit: "ABC" },
        "ResourceNotFoundException",
        `Could not find shard ABC in ${underAccount(name)}.`,
      );
    });
  },
});
