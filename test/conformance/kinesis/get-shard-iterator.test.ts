import { expect, it } from "vitest";
import { underAccount } from "./addressed.ts";
import { ACCOUNT_ID, arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { itRunsDry } from "./dry-run.ts";
import { putText, SHARD_0, textsOf } from "./reading.ts";
import {
  A_NAME,
  bad,
  matching,
  missing,
  NUMBER_FOR_TEXT,
  oneOf,
  TEXT_FOR_TIME,
} from "./sentences.ts";
import { freshName, freshStream, sdk, sharedStream } from "./streams.ts";

const StreamName = "clicks";
const ShardId = SHARD_0;
const latest = { ShardId, ShardIteratorType: "LATEST" };
const quiet = sharedStream({ ShardCount: 2 });

const EITHER =
  "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";

async function startOf(name: string, index: number): Promise<string> {
  const { Shards } = await sdk.call("ListShards", { StreamName: name });
  return Shards![index]!.SequenceNumberRange!.StartingSequenceNumber!;
}

conformance("GetShardIterator", {
  serialization: {
    "takes no text for a time": [{ StreamName, Timestamp: "now" }, TEXT_FOR_TIME],
    "takes no number for a number in text": [
      { StreamName, StartingSequenceNumber: 5 },
      NUMBER_FOR_TEXT,
    ],
  },
  validation: {
    "wants a shard and a type": [{ StreamName }, missing("shardId"), missing("shardIteratorType")],
    "shows every value that breaks a bound": [
      {
        StreamName,
        ShardId: "a b",
        ShardIteratorType: "latest",
        StartingSequenceNumber: "-1",
      },
      bad("shardId", "a b", A_NAME),
      bad(
        "shardIteratorType",
        "latest",
        oneOf(
          "AFTER_SEQUENCE_NUMBER",
          "LATEST",
          "AT_TIMESTAMP",
          "AT_SEQUENCE_NUMBER",
          "TRIM_HORIZON",
        ),
      ),
      bad("startingSequenceNumber", "-1", matching(String.raw`0|([1-9]\d{0,128})`)),
    ],
  },
  behaviour(subject) {
    const { call, refuses, itKnowing } = subject;
    itRunsDry(subject, async (name) => ({ StreamName: name, ...latest }));

    it("leads to every kind of place", async () => {
      const name = await freshStream();
      const textsFrom = async (members: object) => {
        const { ShardIterator } = await call({ StreamName: name, ShardId, ...members });
        const read = async () =>
          textsOf((await sdk.call("GetRecords", { ShardIterator })).Records!);
        return read;
      };
      const StartingSequenceNumber = await putText(name, "a");
      const fromLatest = await textsFrom({ ShardIteratorType: "LATEST" });
      await putText(name, "b");
      expect(await fromLatest()).toEqual(["b"]);
      const at = async (ShardIteratorType: string, members: object = {}) =>
        (await textsFrom({ ShardIteratorType, ...members }))();
      expect(await at("TRIM_HORIZON")).toEqual(["a", "b"]);
      expect(await at("AT_SEQUENCE_NUMBER", { StartingSequenceNumber })).toEqual(["a", "b"]);
      expect(await at("AFTER_SEQUENCE_NUMBER", { StartingSequenceNumber })).toEqual(["b"]);
      expect(await at("AT_TIMESTAMP", { Timestamp: new Date(0) })).toEqual(["a", "b"]);
    });

    it("takes the number at which an empty shard starts, and ids in short", async () => {
      const name = await quiet();
      const StartingSequenceNumber = await startOf(name, 1);
      const place = { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber };
      for (const short of ["1", "shardId-1", "any-001"]) {
        const answer = await call({ StreamName: name, ShardId: short, ...place });
        expect(answer).toEqual({ ShardIterator: expect.any(String) as string });
      }
    });

    itKnowing(["StreamARN"], "takes an ARN", async () => {
      expect(await call({ StreamARN: arnOf(await quiet()), ...latest })).toEqual({
        ShardIterator: expect.any(String) as string,
      });
    });

    it("says of the shard that it is missing, also when the stream is", async () => {
      const [nothing, name] = [freshName(), await quiet()];
      await refuses(
        { StreamName: nothing, ...latest },
        "ResourceNotFoundException",
        `Shard ${ShardId} in ${underAccount(nothing)} does not exist`,
      );
      await refuses(
        { StreamName: name, ...latest, ShardId: "shardId-9" },
        "ResourceNotFoundException",
        `Shard shardId-000000000009 in ${underAccount(name)} does not exist`,
      );
      await refuses(
        { StreamName: name, ...latest, ShardId: "ABC" },
        "ResourceNotFoundException",
        `Could not find shard ABC in ${underAccount(name)}.`,
      );
    });

    it("wants a number where one belongs, and nowhere else", async () => {
      const place = { StreamName: await quiet(), ShardId };
      await refuses(
        { ...place, ShardIteratorType: "AT_SEQUENCE_NUMBER" },
        "InvalidArgumentException",
        `${EITHER} AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`,
      );
      await refuses(
        { ...place, ShardIteratorType: "LATEST", StartingSequenceNumber: "5" },
        "InvalidArgumentException",
        `${EITHER} LATEST and also a StartingSequenceNumber.`,
      );
    });

    it("wants a time of the past for AT_TIMESTAMP", async () => {
      const place = { StreamName: await quiet(), ShardId, ShardIteratorType: "AT_TIMESTAMP" };
      await refuses(
        place,
        "InvalidArgumentException",
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.",
      );
      await refuses(
        { ...place, Timestamp: new Date(Date.now() + 3_600_000) },
        "InvalidArgumentException",
        /^The timestampInMillis parameter cannot be greater than the currentTimestampInMillis\. timestampInMillis: \d{13}, currentTimestampInMillis: \d{13}$/,
      );
    });

    it.each(["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])(
      "leads nowhere %s a closed shard's ending number",
      async (ShardIteratorType) => {
        const name = await freshStream();
        const NewStartingHashKey = String(2n ** 127n);
        await sdk.call("SplitShard", {
          StreamName: name,
          ShardToSplit: ShardId,
          NewStartingHashKey,
        });
        const { Shards } = await sdk.call("ListShards", { StreamName: name });
        const StartingSequenceNumber = Shards![0]!.SequenceNumberRange!.EndingSequenceNumber;
        await refuses(
          { StreamName: name, ShardId, ShardIteratorType, StartingSequenceNumber },
          "InvalidArgumentException",
          `Invalid SequenceNumber for ShardIteratorType ${ShardIteratorType}, SequenceNumber has reached max possible value for the shard.`,
        );
      },
    );

    it("takes only numbers of the shard", async () => {
      const name = await quiet();
      const place = { StreamName: name, ShardId, ShardIteratorType: "AFTER_SEQUENCE_NUMBER" };
      const used = (number: string) =>
        `StartingSequenceNumber ${number} used in GetShardIterator on shard ${ShardId} in stream ${name} under account ${ACCOUNT_ID} is invalid`;
      const malformed = "9".repeat(60);
      await refuses(
        { ...place, StartingSequenceNumber: malformed },
        "InvalidArgumentException",
        `${used(malformed)}.`,
      );
      // Of a stream that was made a thousand seconds earlier: the bits from 148 on hold the time.
      const foreign = String(BigInt(await startOf(name, 0)) - (1000n << 148n));
      const ofSibling = await startOf(name, 1);
      await refuses(
        { ...place, StartingSequenceNumber: ofSibling },
        "InvalidArgumentException",
        `Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with ${ShardId}`,
      );
      await refuses(
        { ...place, StartingSequenceNumber: foreign },
        "InvalidArgumentException",
        `${used(foreign)} because it did not come from this stream.`,
      );
    });
  },
});
