import { expect, inject, it } from "vitest";
import { itFindsStreams, underAccount } from "./addressed.ts";
import { CBOR_1_1, JSON_1_1 } from "./callers/encoding.ts";
import { rawCall } from "./callers/raw-call.ts";
import { violations } from "./client.ts";
import { conformance } from "./conformance.ts";
import { itRunsDry } from "./dry-run.ts";
import { recordsIn, SHARD_0, SHARD_1, textsOf } from "./reading.ts";
import {
  bad,
  badAt,
  lengthAtLeast,
  lengthAtMost,
  LIST_WANTED,
  missing,
  NUMBER_FOR_TEXT,
  STRUCTURE_WANTED,
} from "./sentences.ts";
import { freshStream } from "./streams.ts";

const StreamName = "clicks";
const entry = (text: string, PartitionKey = "a", members: object = {}) => ({
  Data: Buffer.from(text),
  PartitionKey,
  ...members,
});

conformance("PutRecords", {
  serialization: {
    "takes no text for a list": [{ StreamName, Records: "x" }, LIST_WANTED],
    "takes no text for a record": [{ StreamName, Records: ["x"] }, STRUCTURE_WANTED],
    "takes no number for a key": [{ StreamName, Records: [{ PartitionKey: 5 }] }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants records": [{ StreamName }, missing("records")],
    "wants at least one": [{ StreamName, Records: [] }, badAt("records", lengthAtLeast(1))],
    "takes at most 500": [
      { StreamName, Records: Array.from({ length: 501 }, () => entry("x")) },
      badAt("records", lengthAtMost(500)),
    ],
    "counts records from one": [
      { StreamName, Records: [entry("x"), entry("y", ""), { PartitionKey: "a" }] },
      bad("records.2.member.partitionKey", "", lengthAtLeast(1)),
      missing("records.3.member.data"),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { Records: [entry("x")] });
    itRunsDry(
      subject,
      async (name) => ({ StreamName: name, Records: [entry("x")] }),
      async (name) => expect(await recordsIn(name)).toEqual([]),
    );

    it("names the records whose data is above what the stream takes", async () => {
      const tooLarge = { Data: Buffer.alloc(1024 * 1024 + 1), PartitionKey: "a" };
      await refuses(
        { StreamName: await freshStream(), Records: [entry("x"), tooLarge] },
        "ValidationException",
        violations(badAt("records.2.member.data", lengthAtMost(1_048_576))),
      );
    });

    it("answers entry by entry in the order of the request, and keeps the order per shard", async () => {
      const name = await freshStream({ ShardCount: 2 });
      const { FailedRecordCount, Records } = await call({
        StreamName: name,
        Records: [entry("1", "a"), entry("2", "b"), entry("3", "a"), entry("4", "b")],
      });
      expect(FailedRecordCount).toBe(0);
      const SequenceNumber = expect.stringMatching(/^\d{56}$/) as string;
      expect(Records).toEqual(
        [SHARD_0, SHARD_1, SHARD_0, SHARD_1].map((ShardId) => ({ ShardId, SequenceNumber })),
      );
      expect(textsOf(await recordsIn(name, SHARD_0))).toEqual(["1", "3"]);
      expect(textsOf(await recordsIn(name, SHARD_1))).toEqual(["2", "4"]);
    });

    it("fails as a whole for one hash key beyond the circle", async () => {
      const name = await freshStream();
      const ExplicitHashKey = String(2n ** 128n);
      await refuses(
        { StreamName: name, Records: [entry("x"), entry("y", "a", { ExplicitHashKey })] },
        "InvalidArgumentException",
        `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
      );
      expect(await recordsIn(name)).toEqual([]);
    });

    it("throttles what a shard does not take, and tells it in a successful answer", async () => {
      const name = await freshStream();
      const large = entry("x".repeat(600 * 1024));
      const { FailedRecordCount, Records } = await call({
        StreamName: name,
        Records: [large, large],
      });
      expect(FailedRecordCount).toBe(1);
      expect(Records).toEqual([
        { ShardId: SHARD_0, SequenceNumber: expect.stringMatching(/^\d{56}$/) as string },
        {
          ErrorCode: "ProvisionedThroughputExceededException",
          ErrorMessage: `Rate exceeded for shard ${SHARD_0} in ${underAccount(name)}.`,
        },
      ]);
    });
  },
});

it.each([JSON_1_1, CBOR_1_1])(
  "PutRecords refuses a null among the records at its place, in $name",
  async (encoding) => {
    const records = [{ Data: "", PartitionKey: "a" }, null];
    const Records = encoding === CBOR_1_1 ? [entry(""), null] : records;
    await expect(
      rawCall(inject("apiEndpoint"), encoding, "PutRecords", { StreamName, Records }),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: violations(missing("records.2.member")),
    });
  },
);
