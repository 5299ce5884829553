import { expect, it } from "vitest";
import { itFindsStreams, underAccount } from "./addressed.ts";
import { violations } from "./client.ts";
import { conformance } from "./conformance.ts";
import { itRunsDry } from "./dry-run.ts";
import { putText, recordsIn, SHARD_0, SHARD_1, SHARD_2, textsOf } from "./reading.ts";
import {
  A_NAME,
  bad,
  badAt,
  lengthAtLeast,
  lengthAtMost,
  LIST_FOR_SCALAR,
  matching,
  missing,
  NUMBER_FOR_TEXT,
} from "./sentences.ts";
import { freshStream, sharedStream } from "./streams.ts";

const StreamName = "clicks";
const PartitionKey = "a";
const Data = Buffer.from("x");
const stream = sharedStream({ ShardCount: 3 });
const A_NUMBER = (digits: number) => matching(String.raw`0|([1-9]\d{0,${digits}})`);

conformance("PutRecord", {
  serialization: {
    "takes no number for a key": [{ StreamName, PartitionKey: 5 }, NUMBER_FOR_TEXT],
    "takes no list for data": [{ StreamName, Data: [1, 2] }, LIST_FOR_SCALAR],
    "takes base64 of a whole length only, and in CBOR none": [
      { StreamName, Data: "23456" },
      "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5",
      "class java.lang.String can not be converted to a Blob",
    ],
    "takes base64 of its characters only, and in CBOR none": [
      { StreamName, Data: "not base64!!" },
      /^'not base64!!' can not be converted to a Blob: Invalid Base64 character/,
      "class java.lang.String can not be converted to a Blob",
    ],
  },
  validation: {
    "wants data and a key": [{ StreamName }, missing("data"), missing("partitionKey")],
    "shows every value that breaks a bound": [
      {
        StreamName: "",
        Data,
        PartitionKey: "k".repeat(257),
        ExplicitHashKey: "01",
        SequenceNumberForOrdering: "x",
      },
      bad("streamName", "", A_NAME),
      bad("streamName", "", lengthAtLeast(1)),
      bad("partitionKey", "k".repeat(257), lengthAtMost(256)),
      bad("explicitHashKey", "01", A_NUMBER(38)),
      bad("sequenceNumberForOrdering", "x", A_NUMBER(128)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { PartitionKey, Data });
    itRunsDry(
      subject,
      async (name) => ({ StreamName: name, PartitionKey, Data }),
      async (name) => expect(await recordsIn(name)).toEqual([]),
    );

    it("stores records in order and answers growing numbers", async () => {
      const name = await freshStream();
      const numbers: bigint[] = [];
      const texts = ["one", "two", "three"];
      for (const text of texts) {
        const answer = await call({ StreamName: name, PartitionKey, Data: Buffer.from(text) });
        expect(answer).toEqual({
          ShardId: SHARD_0,
          SequenceNumber: expect.stringMatching(/^\d{56}$/) as string,
        });
        numbers.push(BigInt(answer.SequenceNumber!));
      }
      expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(textsOf(await recordsIn(name))).toEqual(texts);
    });

    it("keeps every byte, none at all, and keys of any script", async () => {
      const name = await freshStream();
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await call({ StreamName: name, PartitionKey: "ключ", Data: every });
      await call({ StreamName: name, PartitionKey, Data: new Uint8Array() });
      const [first, second] = await recordsIn(name);
      expect([...first!.Data!]).toEqual([...every]);
      expect(first).toMatchObject({ PartitionKey: "ключ" });
      expect(second!.Data).toHaveLength(0);
    });

    it("places by MD5 of the key, or by the explicit hash key", async () => {
      const name = await stream();
      const shardOf = async (members: object) =>
        (await call({ StreamName: name, Data, ...members })).ShardId;
      expect(await shardOf({ PartitionKey: "a" })).toBe(SHARD_0);
      expect(await shardOf({ PartitionKey: "partitionKey-1" })).toBe(SHARD_1);
      const ExplicitHashKey = String(2n ** 128n - 1n);
      expect(await shardOf({ PartitionKey: "a", ExplicitHashKey })).toBe(SHARD_2);
    });

    it("refuses a hash key beyond the circle", async () => {
      const ExplicitHashKey = String(2n ** 128n);
      await refuses(
        { StreamName: await stream(), PartitionKey, Data, ExplicitHashKey },
        "InvalidArgumentException",
        `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
      );
    });

    it("answers a number after the one that it is told to come after", async () => {
      const name = await stream();
      const put = { StreamName: name, PartitionKey, Data };
      const before = await putText(name, "before");
      const { SequenceNumber } = await call({ ...put, SequenceNumberForOrdering: before });
      expect(BigInt(SequenceNumber!)).toBeGreaterThan(BigInt(before));
      const never = String(BigInt(before) + 2n ** 100n);
      await refuses(
        { ...put, SequenceNumberForOrdering: never },
        "InvalidArgumentException",
        `ExclusiveMinimumSequenceNumber ${never} used in PutRecord on ${underAccount(name)} is invalid.`,
      );
    });

    it("refuses a record that is larger than the stream allows, by a byte of its key", async () => {
      await refuses(
        { StreamName: await stream(), PartitionKey, Data: Buffer.alloc(1024 * 1024) },
        "InvalidArgumentException",
        /must be at most 1024 KiB, data and partition key, got 1048577 bytes/,
      );
      await refuses(
        { StreamName: await stream(), PartitionKey, Data: Buffer.alloc(1024 * 1024 + 1) },
        "ValidationException",
        violations(badAt("data", lengthAtMost(1_048_576))),
      );
    });
  },
});
