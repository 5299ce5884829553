import { expect, it } from "vitest";
import { ACCOUNT_ID, arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import {
  A_NAME,
  atLeast,
  bad,
  LIST_FOR_SCALAR,
  MAP_WANTED,
  missing,
  NUMBER_FOR_TEXT,
  oneOf,
  STRUCTURE_WANTED,
  TEXT_FOR_INTEGER,
} from "./sentences.ts";
import { freshName, sdk, sharedStream, summaryOf, untilActive } from "./streams.ts";

const StreamName = "clicks";
const standing = sharedStream();

conformance("CreateStream", {
  serialization: {
    "takes no number for a name": [{ StreamName: 5 }, NUMBER_FOR_TEXT],
    "takes no list for a name": [{ StreamName: ["clicks"] }, LIST_FOR_SCALAR],
    "takes no text for a count": [{ StreamName, ShardCount: "two" }, TEXT_FOR_INTEGER],
    "takes no text for a structure": [{ StreamModeDetails: "ON_DEMAND" }, STRUCTURE_WANTED],
    "takes no text for tags": [{ Tags: "a=1" }, MAP_WANTED],
  },
  validation: {
    "wants a name": [{}, missing("streamName")],
    "shows every value that breaks a bound": [
      { StreamName: "a/b", ShardCount: 0 },
      bad("streamName", "a/b", A_NAME),
      bad("shardCount", 0, atLeast(1)),
    ],
    "looks into structures": [
      { StreamName, StreamModeDetails: { StreamMode: "AUTO" } },
      bad("streamModeDetails.streamMode", "AUTO", oneOf("PROVISIONED", "ON_DEMAND")),
    ],
    "bounds the size of records": [
      { StreamName, MaxRecordSizeInKiB: 1023 },
      bad("maxRecordSizeInKiB", 1023, atLeast(1024)),
    ],
  },
  behaviour({ call, refuses, itKnowing }) {
    it("makes a stream with its shards, and answers nothing", async () => {
      const name = freshName();
      const before = Date.now();
      expect(await call({ StreamName: name, ShardCount: 3 })).toEqual({});
      const after = Date.now();
      await untilActive(name);
      const { StreamDescription } = await sdk.call("DescribeStream", { StreamName: name });
      expect(StreamDescription).toMatchObject({
        StreamName: name,
        StreamARN: arnOf(name),
        StreamModeDetails: { StreamMode: "PROVISIONED" },
        RetentionPeriodHours: 24,
        EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
        EncryptionType: "NONE",
        HasMoreShards: false,
      });
      const createdAtMs = StreamDescription!.StreamCreationTimestamp!.getTime();
      expect(createdAtMs).toBeGreaterThanOrEqual(before);
      expect(createdAtMs).toBeLessThanOrEqual(after);
      expect(StreamDescription!.Shards!.map(({ HashKeyRange }) => HashKeyRange)).toEqual([
        { StartingHashKey: "0", EndingHashKey: "113427455640312821154458202477256070484" },
        {
          StartingHashKey: "113427455640312821154458202477256070485",
          EndingHashKey: "226854911280625642308916404954512140969",
        },
        {
          StartingHashKey: "226854911280625642308916404954512140970",
          EndingHashKey: "340282366920938463463374607431768211455",
        },
      ]);
    });

    it("makes an on-demand stream of four shards by default", async () => {
      const name = freshName();
      await call({ StreamName: name });
      await untilActive(name);
      expect(await summaryOf(name)).toMatchObject({
        StreamModeDetails: { StreamMode: "ON_DEMAND" },
        OpenShardCount: 4,
        ConsumerCount: 0,
        MaxRecordSizeInKiB: 1024,
      });
    });

    itKnowing(["Tags", "MaxRecordSizeInKiB"], "gives it tags and a size of records", async () => {
      const name = freshName();
      await call({ StreamName: name, ShardCount: 1, Tags: { a: "1" }, MaxRecordSizeInKiB: 4096 });
      expect(await summaryOf(name)).toMatchObject({ MaxRecordSizeInKiB: 4096 });
      const { Tags } = await sdk.call("ListTagsForStream", { StreamName: name });
      expect(Tags).toEqual([{ Key: "a", Value: "1" }]);
    });

    it("takes a name once", async () => {
      const name = await standing();
      await refuses(
        { StreamName: name, ShardCount: 1 },
        "ResourceInUseException",
        `Stream ${name} under account ${ACCOUNT_ID} already exists.`,
      );
    });

    it("wants a count of shards for a provisioned stream, and none for one on demand", async () => {
      const details = (StreamMode: string) => ({ StreamName, StreamModeDetails: { StreamMode } });
      await refuses(details("PROVISIONED"), "ValidationException", /ShardCount must be given/);
      await refuses(
        { ...details("ON_DEMAND"), ShardCount: 1 },
        "ValidationException",
        /ShardCount must not be given/,
      );
    });
  },
});
