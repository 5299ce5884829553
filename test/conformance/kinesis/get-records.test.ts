import { expect, it } from "vitest";
import { ACCOUNT_ID } from "./client.ts";
import { conformance } from "./conformance.ts";
import { itRunsDry } from "./dry-run.ts";
import { iteratorAt, putText, SHARD_0, SHARD_1, SHARD_2, textsOf } from "./reading.ts";
import {
  atLeast,
  atMost,
  bad,
  lengthAtLeast,
  LIST_FOR_SCALAR,
  missing,
  TEXT_FOR_INTEGER,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream } from "./streams.ts";

const quiet = sharedStream();

conformance("GetRecords", {
  serialization: {
    "takes no text for a limit": [{ ShardIterator: "a", Limit: "5" }, TEXT_FOR_INTEGER],
    "takes no list for an iterator": [{ ShardIterator: [] }, LIST_FOR_SCALAR],
  },
  validation: {
    "wants an iterator": [{}, missing("shardIterator")],
    "bounds the limit above": [
      { ShardIterator: "a", Limit: 10_001 },
      bad("limit", 10_001, atMost(10_000)),
    ],
    "bounds iterator and limit below": [
      { ShardIterator: "", Limit: 0 },
      bad("shardIterator", "", lengthAtLeast(1)),
      bad("limit", 0, atLeast(1)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itRunsDry(subject, async (name) => ({ ShardIterator: await iteratorAt(name) }));

    it("refuses what is no iterator", async () => {
      await refuses(
        { ShardIterator: "garbage" },
        "InvalidArgumentException",
        "Invalid ShardIterator.",
      );
    });

    it("answers records with their bytes, key, number and arrival, and goes on after them", async () => {
      const StreamName = await freshStream();
      const before = Date.now();
      const Data = Buffer.from([0, 255, 0xc1]);
      const put = { StreamName, Data, PartitionKey: "ключ" };
      const { SequenceNumber } = await sdk.call("PutRecord", put);
      const after = Date.now();
      const page = await call({ ShardIterator: await iteratorAt(StreamName) });
      expect(page).toEqual({
        Records: [
          {
            SequenceNumber,
            PartitionKey: "ключ",
            Data: expect.any(Uint8Array) as Uint8Array,
            ApproximateArrivalTimestamp: expect.any(Date) as Date,
          },
        ],
        NextShardIterator: expect.any(String) as string,
        MillisBehindLatest: 0,
      });
      const [record] = page.Records!;
      expect([...record!.Data!]).toEqual([...Data]);
      const arrivedAtMs = record!.ApproximateArrivalTimestamp!.getTime();
      expect(arrivedAtMs).toBeGreaterThanOrEqual(before);
      expect(arrivedAtMs).toBeLessThanOrEqual(after);
      const next = await call({ ShardIterator: page.NextShardIterator! });
      expect(next).toMatchObject({ Records: [], MillisBehindLatest: 0 });
    });

    it("takes an iterator again and again, also in quotation marks, and answers a new one", async () => {
      const ShardIterator = await iteratorAt(await quiet());
      const seen = new Set([ShardIterator]);
      for (const given of [ShardIterator, ShardIterator, `"${ShardIterator}"`]) {
        seen.add((await call({ ShardIterator: given })).NextShardIterator!);
      }
      expect(seen.size).toBe(4);
    });

    it("answers no more than the limit, and says that more is there", async () => {
      const StreamName = await freshStream();
      const texts = ["a", "b", "c"];
      for (const text of texts) await putText(StreamName, text);
      const first = await call({ ShardIterator: await iteratorAt(StreamName), Limit: 2 });
      expect(textsOf(first.Records!)).toEqual(texts.slice(0, 2));
      expect(first.MillisBehindLatest).toBeGreaterThan(0);
      const second = await call({ ShardIterator: first.NextShardIterator!, Limit: 2 });
      expect(textsOf(second.Records!)).toEqual(texts.slice(2));
    });

    it("ends a shard that was split with its children, and no iterator", async () => {
      const StreamName = await freshStream();
      await putText(StreamName, "last");
      const NewStartingHashKey = String(2n ** 127n);
      await sdk.call("SplitShard", { StreamName, ShardToSplit: "0", NewStartingHashKey });
      const last = await call({ ShardIterator: await iteratorAt(StreamName) });
      expect(textsOf(last.Records!)).toEqual(["last"]);
      expect(last).not.toHaveProperty("ChildShards");
      const end = await call({ ShardIterator: last.NextShardIterator! });
      expect(end).not.toHaveProperty("NextShardIterator");
      expect(end).toMatchObject({
        Records: [],
        ChildShards: [
          {
            ShardId: SHARD_1,
            ParentShards: [SHARD_0],
            HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
          },
          { ShardId: SHARD_2, ParentShards: [SHARD_0] },
        ],
      });
    });

    it("marks records of a stream with a key", async () => {
      const StreamName = await freshStream();
      const KMS = { EncryptionType: "KMS", KeyId: "alias/any" };
      await sdk.call("StartStreamEncryption", { StreamName, ...KMS });
      await putText(StreamName, "secret");
      const { Records } = await call({ ShardIterator: await iteratorAt(StreamName) });
      expect(Records).toMatchObject([{ EncryptionType: "KMS" }]);
    });

    it("says that the shard of a deleted stream is missing", async () => {
      const StreamName = await freshStream();
      const ShardIterator = await iteratorAt(StreamName);
      await sdk.call("DeleteStream", { StreamName });
      await refuses(
        { ShardIterator },
        "ResourceNotFoundException",
        `Shard ${SHARD_0} in stream ${StreamName} under account ${ACCOUNT_ID} does not exist`,
      );
    });
  },
});
