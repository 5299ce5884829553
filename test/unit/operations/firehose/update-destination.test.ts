import { describe, expect, it } from "vitest";
import {
  BACKUP_READER,
  DELIVERY_READER,
  laneKey,
} from "../../../../src/delivery/delivery-stream.ts";
import { BYTES_PER_MIB, LANES_MAX_COUNT } from "../../../../src/limits.ts";
import {
  ACCOUNT_ID,
  type Answer,
  createRequest,
  harness,
  invalid,
  invalidArgument,
  NOW_MS,
  ROLE_ARN,
  target,
} from "./harness.ts";

const NAME = { DeliveryStreamName: "access-logs" };
const FIRST = {
  ...NAME,
  CurrentDeliveryStreamVersionId: "1",
  DestinationId: "destinationId-000000000001",
};

const APPENDING = {
  Enabled: true,
  Processors: [{ Type: "AppendDelimiterToRecord", Parameters: [] }],
};

async function created(extendedS3: object = {}) {
  const made = harness();
  await made.call("CreateDeliveryStream", createRequest(extendedS3));
  const describeIt = async () => {
    const { value } = await made.call("DescribeDeliveryStream", NAME);
    const { Destinations, VersionId, LastUpdateTimestamp } = value.DeliveryStreamDescription;
    const [{ ExtendedS3DestinationDescription: extended, S3DestinationDescription: simple }] =
      Destinations;
    return { extended, simple, VersionId, LastUpdateTimestamp };
  };
  return {
    ...made,
    describeIt,
    update: (members: object, version = "1"): Promise<Answer> =>
      made.call("UpdateDestination", {
        ...FIRST,
        CurrentDeliveryStreamVersionId: version,
        ...members,
      }),
    async lane(number = 0) {
      return laneKey((await made.deliveryStreams.get("access-logs"))!, number);
    },
  };
}

describe("settings that are too large for a stream's item", () => {
  const large = (length: number) => ({
    ProcessingConfiguration: {
      Enabled: false,
      Processors: [
        {
          Type: "Lambda",
          Parameters: Array.from({ length }, () => ({
            ParameterName: "LambdaArn",
            ParameterValue: "x".repeat(5000),
          })),
        },
      ],
    },
  });
  const TOO_LARGE = /^The destination's settings may come to 65536 bytes in all, and are \d+\.$/;

  it("are refused at creation and by an update, which changes nothing", async () => {
    const { call, update, describeIt } = await created(large(12));
    const before = await describeIt();
    const updated = await update({ ExtendedS3DestinationUpdate: large(14) });
    const other = await call("CreateDeliveryStream", {
      ...createRequest(large(14)),
      DeliveryStreamName: "other",
    });
    for (const { error } of [updated, other]) {
      expect(error?.name).toBe("InvalidArgumentException");
      expect(error?.message).toMatch(TOO_LARGE);
    }
    expect(await describeIt()).toEqual(before);
  });
});

describe("UpdateDestination changes", () => {
  it("what it is given, and leaves the rest as it is", async () => {
    const { update, describeIt, advance } = await created({
      Prefix: "before/",
      CompressionFormat: "GZIP",
      ProcessingConfiguration: APPENDING,
    });
    const before = await describeIt();
    advance(5000);
    expect(await update({ ExtendedS3DestinationUpdate: { Prefix: "after/" } })).toEqual({
      value: {},
    });
    expect(await describeIt()).toEqual({
      extended: { ...before.extended, Prefix: "after/" },
      simple: { ...before.simple, Prefix: "after/" },
      VersionId: "2",
      LastUpdateTimestamp: (NOW_MS + 5000) / 1000,
    });
  });

  it("a member as a whole", async () => {
    const { update, describeIt } = await created({ ProcessingConfiguration: APPENDING });
    await update({ ExtendedS3DestinationUpdate: { ProcessingConfiguration: { Enabled: false } } });
    expect((await describeIt()).extended.ProcessingConfiguration).toEqual({ Enabled: false });
  });

  it("both descriptions by the older member, and the version each time", async () => {
    const { update, describeIt } = await created({ FileExtension: ".log" });
    await update({ S3DestinationUpdate: { BucketARN: "arn:aws:s3:::others" } });
    await update({ S3DestinationUpdate: { CompressionFormat: "GZIP" } }, "2");
    const { extended, simple, VersionId } = await describeIt();
    const changed = { BucketARN: "arn:aws:s3:::others", CompressionFormat: "GZIP" };
    expect(simple).toMatchObject(changed);
    expect(extended).toMatchObject({ ...changed, FileExtension: ".log" });
    expect(VersionId).toBe("3");
  });

  it("the hints of every lane's readers", async () => {
    const { update, readers, lane, context } = await created({
      S3BackupMode: "Enabled",
      S3BackupConfiguration: target(),
    });
    const BufferingHints = { SizeInMBs: 7, IntervalInSeconds: 11 };
    await update({
      ExtendedS3DestinationUpdate: { BufferingHints, S3BackupUpdate: { BufferingHints } },
    });
    const stream = await context.deliveryStreams.get("access-logs");
    expect(stream?.destination.backup?.bucketArn).toBe("arn:aws:s3:::deliveries");
    for (const readerId of [DELIVERY_READER, BACKUP_READER]) {
      expect((await readers.get(await lane(), readerId))?.wakeRule).toEqual({
        sizeBytes: 7 * BYTES_PER_MIB,
        intervalMs: 11_000,
      });
    }
  });

  it("nothing when it is refused", async () => {
    const { update, describeIt } = await created();
    const before = await describeIt();
    const answer = await update({
      ExtendedS3DestinationUpdate: { Prefix: "!{timestamp:yyyy}", CompressionFormat: "GZIP" },
    });
    expect(answer.error?.message).toMatch(/ErrorOutputPrefix cannot be null or empty/);
    expect(await describeIt()).toEqual(before);
  });
});

describe("A source backup that an update enables", () => {
  const ENABLE = { S3BackupMode: "Enabled", S3BackupUpdate: target({ Prefix: "raw/" }) };

  it("begins with what is put from then on", async () => {
    const { update, call, readers, lane, describeIt } = await created();
    const put = () => call("PutRecord", { ...NAME, Record: { Data: "QQ==" } });
    await put();
    await update({ ExtendedS3DestinationUpdate: ENABLE });
    await put();
    expect((await readers.get(await lane(), BACKUP_READER))?.checkpoint).toEqual({
      blockIndex: 1,
      byteOffset: 1,
    });
    expect((await describeIt()).extended.S3BackupDescription).toMatchObject({ Prefix: "raw/" });
  });

  it("begins in a lane that was opened meanwhile with its first record", async () => {
    const { update, lane, readers, context } = await created();
    const { get, update: replace } = context.deliveryStreams;
    let isRaced = false;
    context.deliveryStreams.update = async (before, after, change) => {
      if (!isRaced) {
        isRaced = true;
        const lanes = { open: [0, 1], next: 2, changedAtMs: NOW_MS };
        const opened = { opened: [laneKey(before, 1)], readers: [], removed: [] };
        const standing = (await get("access-logs"))!;
        await replace(standing, { ...standing, lanes }, opened);
      }
      return replace(before, after, change);
    };
    expect(await update({ ExtendedS3DestinationUpdate: ENABLE })).toEqual({ value: {} });
    for (const number of [0, 1]) {
      expect(await readers.get(await lane(number), BACKUP_READER)).toBeDefined();
    }
  });

  it("waits for lanes that are closing when there are too many for one step", async () => {
    const { update, context } = await created();
    const standing = (await context.deliveryStreams.get("access-logs"))!;
    const all = Array.from({ length: 2 * LANES_MAX_COUNT }, (_, lane) => lane);
    const lanes = {
      open: all.slice(0, LANES_MAX_COUNT),
      closing: all.slice(LANES_MAX_COUNT).map((lane) => ({ lane, sinceMs: NOW_MS })),
      next: all.length,
      changedAtMs: NOW_MS,
    };
    await context.deliveryStreams.update(standing, { ...standing, lanes });
    expect((await update({ ExtendedS3DestinationUpdate: ENABLE })).error).toEqual({
      name: "ResourceInUseException",
      message: "Firehose access-logs has lanes that are being closed. Try again in some minutes.",
    });
  });

  it("needs a bucket and a role, and is never disabled again", async () => {
    const { update } = await created();
    const required = invalidArgument(
      "S3 backup destination configuration is required when enabling S3 backup.",
    );
    for (const S3BackupUpdate of [undefined, { Prefix: "raw/" }, { RoleARN: ROLE_ARN }]) {
      const members = { S3BackupMode: "Enabled", S3BackupUpdate };
      expect(await update({ ExtendedS3DestinationUpdate: members })).toEqual(required);
    }
    await update({ ExtendedS3DestinationUpdate: ENABLE });
    expect(
      await update({ ExtendedS3DestinationUpdate: { S3BackupMode: "Disabled" } }, "2"),
    ).toEqual(invalidArgument("S3 backup cannot be disabled once it has been enabled."));
  });
});

describe("UpdateDestination refuses", () => {
  it("a stream that is not there, in words of its own", async () => {
    const { call } = harness();
    const answer = await call("UpdateDestination", { ...FIRST, S3DestinationUpdate: {} });
    expect(answer.error).toEqual({
      name: "ResourceNotFoundException",
      message: `Firehose access-logs under accountId ${ACCOUNT_ID} not found.`,
    });
  });

  it("another version than the present one", async () => {
    const { update } = await created();
    expect((await update({ S3DestinationUpdate: {} }, "2")).error).toEqual({
      name: "ConcurrentModificationException",
      message:
        "Cannot update firehose: access-logs since the current version id: 1 and specified version id: 2 do not match",
    });
  });

  it("another destination id", async () => {
    const { update } = await created();
    const DestinationId = "destinationId-000000000002";
    expect(await update({ DestinationId, S3DestinationUpdate: {} })).toEqual(
      invalidArgument("Destination Id destinationId-000000000002 not found"),
    );
  });

  it("no update, or two", async () => {
    const { update } = await created();
    const sentence = invalidArgument(
      "Exactly one destination configuration is supported for a Firehose",
    );
    expect(await update({})).toEqual(sentence);
    expect(await update({ S3DestinationUpdate: {}, ExtendedS3DestinationUpdate: {} })).toEqual(
      sentence,
    );
  });

  it("another type of destination", async () => {
    const { update } = await created();
    expect(await update({ HttpEndpointDestinationUpdate: {} })).toEqual(
      invalidArgument(
        "Changing the destination type to or from HttpEndpoint is not supported at this time.",
      ),
    );
  });

  it("one hint without the other, though the stream has both", async () => {
    const { update } = await created();
    const answer = await update({
      ExtendedS3DestinationUpdate: { BufferingHints: { SizeInMBs: 1 } },
    });
    expect(answer).toEqual(
      invalidArgument("BufferingHints must hold both SizeInMBs and IntervalInSeconds"),
    );
  });

  it("what breaks a shape, under the update's own path and all together", async () => {
    const { call } = harness();
    expect(
      await call("UpdateDestination", {
        ExtendedS3DestinationUpdate: {
          CompressionFormat: "SNAPPY",
          S3BackupUpdate: { BufferingHints: { SizeInMBs: 129 } },
        },
        CurrentDeliveryStreamVersionId: "x",
      }),
    ).toEqual(
      invalid(
        "Value at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
        "Value at 'currentDeliveryStreamVersionId' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+",
        "Value at 'destinationId' failed to satisfy constraint: Member must not be null",
        "Value at 'extendedS3DestinationUpdate.compressionFormat' failed to satisfy constraint: Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]",
        "Value at 'extendedS3DestinationUpdate.s3BackupUpdate.bufferingHints.sizeInMBs' failed to satisfy constraint: Member must have value less than or equal to 128",
      ),
    );
  });
});
