import { describe, expect, it } from "vitest";
import { call, expectRefusal, violation } from "./client.ts";
import { NOWHERE_ARN, start, streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "StartReplay";
const refusal = (message: string) => ["InvalidArgumentException", message] as const;

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", From: "yesterday" }),
      "SerializationException",
      "Expected null",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("asks for a delivery stream's name", async () => {
    expectRefusal(
      await call(OPERATION, {}),
      "ValidationException",
      violation(
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it("refuses what is wrong with a destination in Firehose's words", async () => {
    const { name } = await streamWith();
    expectRefusal(
      await start(name, { Destination: { BufferingHints: { SizeInMBs: 1 } } }),
      ...refusal("BufferingHints must hold both SizeInMBs and IntervalInSeconds"),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of streams that are not there", async () => {
    expectRefusal(await start("nobodys"), "ResourceNotFoundException", streamNotFound("nobodys"));
  });

  it("is over at once where there is nothing to replay", async () => {
    const { name } = await streamWith();
    const { value } = await start(name);
    expect(value.Replay).toMatchObject({
      DeliveryStreamName: name,
      Status: "COMPLETED",
      Progress: 1,
      ShardCount: 0,
      RecordsReplayed: 0,
    });
    expect(value.Replay.EndTime).toBeGreaterThanOrEqual(value.Replay.StartTime as number);
  });

  it("answers what goes where", async () => {
    const { name } = await streamWith("a", "b");
    const { value } = await start(name, {
      Destination: {
        Prefix: "again/",
        CompressionFormat: "GZIP",
        FileExtension: ".log.gz",
        ProcessingConfiguration: { Enabled: false },
      },
    });
    expect(value.Replay).toMatchObject({
      Status: "RUNNING",
      Progress: 0,
      ShardCount: 1,
      Destination: {
        BucketARN: NOWHERE_ARN,
        Prefix: "again/",
        CompressionFormat: "GZIP",
        FileExtension: ".log.gz",
        S3BackupMode: "Disabled",
      },
    });
  });

  it("is one replay for one client token, and refuses the token for another", async () => {
    const { name } = await streamWith("a");
    const ClientToken = "once";
    const Destination = { Prefix: "again/", CompressionFormat: "GZIP" };
    const first = await start(name, { ClientToken, Destination });
    const { ReplayId } = first.value.Replay as { readonly ReplayId: string };
    const second = await start(name, {
      Destination: { CompressionFormat: "GZIP", Prefix: "again/" },
      ClientToken,
    });
    expect(second.value.Replay.ReplayId).toBe(ReplayId);
    expectRefusal(
      await start(name, { ClientToken }),
      ...refusal(
        `ClientToken once stands for replay ${ReplayId}, which was asked for with other members`,
      ),
    );
    const other = await streamWith("a");
    expect((await start(other.name, { ClientToken })).value.Replay.ReplayId).not.toBe(ReplayId);
  });

  it("takes record ids and times of one side each", async () => {
    const { name, recordIds } = await streamWith("a", "b", "c");
    const [first, second, third] = recordIds;
    const { value } = await start(name, { From: { RecordId: second }, To: { RecordId: third } });
    expect(value.Replay).toMatchObject({
      From: { ShardIndex: 0, BlockIndex: 0, Position: 1 },
      To: { ShardIndex: 0, BlockIndex: 0, Position: 2 },
    });
    expectRefusal(
      await start(name, { From: { RecordId: second }, To: { RecordId: first } }),
      ...refusal("From must come before To"),
    );
    expectRefusal(
      await start(name, { From: { RecordId: first, Timestamp: 1 } }),
      ...refusal("From must hold one of Timestamp, RecordId and SequenceNumber"),
    );
    expectRefusal(
      await start(name, { To: {} }),
      ...refusal("To must hold one of Timestamp, RecordId and SequenceNumber"),
    );
    const other = await streamWith();
    expectRefusal(
      await start(other.name, { From: { RecordId: first } }),
      ...refusal(`From.RecordId does not name a record of Firehose ${other.name}`),
    );
    expectRefusal(
      await start(name, { To: { SequenceNumber: "17" } }),
      ...refusal(`To.SequenceNumber does not name a record of Firehose ${name}`),
    );
    const { value: late } = await start(name, { From: { Timestamp: 4_102_444_800 } });
    expect(late.message).toMatch(
      /^From\.Timestamp cannot be later than now: it is 4102444800000, and now is \d{13}, in milliseconds$/,
    );
  });

  it("has no source backup", async () => {
    const { name } = await streamWith();
    expectRefusal(
      await start(name, { Destination: { S3BackupMode: "Enabled" } }),
      ...refusal("A replay has no source backup: leave out S3BackupMode and S3BackupUpdate"),
    );
  });

  it("takes five at once of a stream", async () => {
    const { name } = await streamWith("a");
    for (let i = 0; i < 5; i++) expect((await start(name)).status).toBe(200);
    expectRefusal(
      await start(name),
      "LimitExceededException",
      `Firehose ${name} has 5 replays under way, which is the limit. Stop one, or wait until one has ended.`,
    );
  });
});
