import { expect, it } from "vitest";
import { itFindsStreams } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { atLeast, atMost, bad, BOOLEAN_FOR_INTEGER, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { freshName, sharedStream } from "./streams.ts";

const stream = sharedStream({ ShardCount: 3 });
const ids = [0, 1, 2].map((index) => `shardId-00000000000${index}`);

conformance("DescribeStream", {
  serialization: {
    "takes no boolean for a limit": [{ StreamName: "a", Limit: true }, BOOLEAN_FOR_INTEGER],
    "takes no structure for a name": [{ StreamName: {} }, STRUCTURE_FOR_SCALAR],
  },
  validation: {
    "bounds the limit below": [{ StreamName: "a", Limit: 0 }, bad("limit", 0, atLeast(1))],
    "bounds the limit above": [
      { StreamName: "a", Limit: 10_001 },
      bad("limit", 10_001, atMost(10_000)),
    ],
  },
  behaviour(subject) {
    const { call, refuses, itKnowing } = subject;
    itFindsStreams(subject);

    it("shows the stream and its shards", async () => {
      const StreamName = await stream();
      const { StreamDescription } = await call({ StreamName });
      expect(StreamDescription).toMatchObject({
        StreamName,
        StreamARN: arnOf(StreamName),
        StreamStatus: "ACTIVE",
        StreamModeDetails: { StreamMode: "PROVISIONED" },
        HasMoreShards: false,
        RetentionPeriodHours: 24,
        EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
        EncryptionType: "NONE",
      });
      expect(StreamDescription!.StreamCreationTimestamp).toBeInstanceOf(Date);
      // With one, clients would leave the endpoint that they were given.
      expect(StreamDescription).not.toHaveProperty("StreamId");
      expect(StreamDescription).not.toHaveProperty("KeyId");
      const [first] = StreamDescription!.Shards!;
      expect(first).toEqual({
        ShardId: ids[0],
        HashKeyRange: {
          StartingHashKey: "0",
          EndingHashKey: "113427455640312821154458202477256070484",
        },
        SequenceNumberRange: {
          StartingSequenceNumber: expect.stringMatching(/^\d{56}$/) as string,
        },
      });
    });

    it("pages through the shards", async () => {
      const StreamName = await stream();
      const page = async (members: object) => {
        const { StreamDescription } = await call({ StreamName, ...members });
        const { Shards, HasMoreShards } = StreamDescription!;
        return { ids: Shards!.map(({ ShardId }) => ShardId), HasMoreShards };
      };
      expect(await page({ Limit: 2 })).toEqual({ ids: ids.slice(0, 2), HasMoreShards: true });
      expect(await page({ Limit: 2, ExclusiveStartShardId: ids[1] })).toEqual({
        ids: ids.slice(2),
        HasMoreShards: false,
      });
    });

    itKnowing(["StreamARN"], "takes an ARN, alone or with the name that it has", async () => {
      const StreamName = await stream();
      const StreamARN = arnOf(StreamName);
      for (const address of [{ StreamARN }, { StreamARN, StreamName }]) {
        expect((await call(address)).StreamDescription).toMatchObject({ StreamName });
      }
    });

    itKnowing(["StreamARN"], "refuses to choose between two streams, or none", async () => {
      const StreamARN = arnOf(freshName());
      await refuses(
        { StreamName: "other", StreamARN },
        "InvalidArgumentException",
        `StreamName other and StreamARN ${StreamARN} do not name the same stream.`,
      );
      await refuses(
        {},
        "InvalidArgumentException",
        "Either StreamName or StreamARN must be provided.",
      );
    });
  },
});
