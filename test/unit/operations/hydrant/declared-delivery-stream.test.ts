import { describe, expect, it } from "vitest";
import { createBlockSeals } from "../../../../src/log/block-seals.ts";
import { systemRandom } from "../../../../src/random.ts";
import { memoryKeys } from "../../../../src/storage/memory/keys.ts";
import { ACCOUNT_ID, arnOf, REGION } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";

const TARGET = {
  RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
  BucketARN: "arn:aws:s3:::deliveries",
  Prefix: "logs/",
  BufferingHints: { SizeInMBs: "1", IntervalInSeconds: "60" },
};
const LOGS = {
  ServiceToken: "token",
  DeliveryStreamName: "logs",
  ExtendedS3DestinationConfiguration: TARGET,
};
const FROM_CLICKS = {
  DeliveryStreamType: "KinesisStreamAsSource",
  KinesisStreamSourceConfiguration: {
    KinesisStreamARN: arnOf("clicks"),
    RoleARN: TARGET.RoleARN,
  },
};
const withTarget = (members: object) => ({
  ...LOGS,
  ExtendedS3DestinationConfiguration: { ...TARGET, ...members },
});

async function world(overrides: Parameters<typeof declaredWorld>[0] = {}) {
  const made = await declaredWorld(overrides);
  const describeStream = async (DeliveryStreamName: string) =>
    (await made.callFirehose("DescribeDeliveryStream", { DeliveryStreamName })).value
      ?.DeliveryStreamDescription;
  return { ...made, describeStream, stored: () => made.context.deliveryStreams.get("logs") };
}

async function created(properties: object = {}) {
  const made = await world();
  const answer = await made.deliveryStream.create({ ...LOGS, ...properties });
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  return { ...made, id: answer.PhysicalResourceId };
}

describe("Create", () => {
  it("names what may not be named", async () => {
    const { deliveryStream, describeStream } = await world();
    const BucketARN = `arn:aws:s3:::hydrant-dev-log-${ACCOUNT_ID}`;
    expect(await deliveryStream.create(withTarget({ BucketARN }))).toMatchObject({
      Status: "FAILED",
      Reason: `${BucketARN}/logs/ is one of Hydrant's own, which nothing may be pointed at`,
    });
    expect(await describeStream("logs")).toBeUndefined();
  });

  it("makes the delivery stream", async () => {
    const { deliveryStream, describeStream } = await world();
    expect(await deliveryStream.create(LOGS)).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: expect.stringMatching(/^logs\/[0-9a-f]{16}$/),
      Data: {
        DeliveryStreamName: "logs",
        Arn: `arn:aws:firehose:${REGION}:${ACCOUNT_ID}:deliverystream/logs`,
      },
    });
    expect(await describeStream("logs")).toMatchObject({
      DeliveryStreamStatus: "ACTIVE",
      Destinations: [
        {
          ExtendedS3DestinationDescription: {
            Prefix: "logs/",
            BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
          },
        },
      ],
    });
  });

  it("makes one that reads a data stream", async () => {
    const { describeStream } = await created(FROM_CLICKS);
    expect(await describeStream("logs")).toMatchObject({
      DeliveryStreamStatus: "ACTIVE",
      Source: { KinesisStreamSourceDescription: { KinesisStreamARN: arnOf("clicks") } },
    });
  });

  it.each([
    ["takes records directly", {}],
    ["reads a data stream", FROM_CLICKS],
  ])("makes nothing twice of what %s, nor once more after it was deleted", async (_, members) => {
    const { deliveryStream, describeStream } = await world();
    const first = await deliveryStream.create({ ...LOGS, ...members }, "again");
    expect(await deliveryStream.create({ ...LOGS, ...members }, "again")).toEqual(first);
    await deliveryStream.remove(first.PhysicalResourceId);
    expect(await deliveryStream.create({ ...LOGS, ...members }, "again")).toMatchObject({
      Status: "FAILED",
    });
    expect(await describeStream("logs")).toBeUndefined();
  });

  it("fails where the name is taken, and leaves that one alone when the stack rolls back", async () => {
    const { deliveryStream, describeStream, callFirehose } = await world();
    const { ServiceToken: _, ...request } = withTarget({ BufferingHints: undefined });
    await callFirehose("CreateDeliveryStream", request);
    const answer = await deliveryStream.create(LOGS);
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: `Firehose logs under accountId ${ACCOUNT_ID} already exists`,
    });
    expect(await deliveryStream.remove(answer.PhysicalResourceId)).toMatchObject({
      Status: "SUCCESS",
    });
    expect(await describeStream("logs")).toMatchObject({ DeliveryStreamStatus: "ACTIVE" });
  });

  it.each([
    [{ Prefixes: "logs/" }, "ExtendedS3DestinationConfiguration.Prefixes"],
    [
      { BufferingHints: { SizeInMB: "1" } },
      "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMB",
    ],
    [
      { ProcessingConfiguration: { Processors: [{ Typ: "Lambda" }] } },
      "ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors.0.Typ",
    ],
  ])("names a member that is misspelt at any depth", async (members, path) => {
    const { deliveryStream, describeStream } = await world();
    expect(await deliveryStream.create(withTarget(members))).toMatchObject({
      Status: "FAILED",
      Reason: `Encountered unsupported property ${path}`,
    });
    expect(await describeStream("logs")).toBeUndefined();
  });

  it("refuses what CreateDeliveryStream refuses, in its words", async () => {
    const { deliveryStream } = await world();
    expect(await deliveryStream.create({ DeliveryStreamName: "logs" })).toMatchObject({
      Status: "FAILED",
      Reason: "Exactly one destination configuration is supported for a Firehose",
    });
  });
});

describe("Update", () => {
  it.each([
    ["takes records directly", {}],
    ["reads a data stream", FROM_CLICKS],
  ])("leaves what %s as it is when nothing has changed", async (_, members) => {
    const { deliveryStream, describeStream, advance, id } = await created(members);
    const before = await describeStream("logs");
    advance(1000);
    expect(await deliveryStream.update(id, { ...LOGS, ...members })).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
    });
    expect(await describeStream("logs")).toEqual(before);
  });

  it.each([
    ["another prefix", withTarget({ Prefix: "lines/" }), { Prefix: "lines/" }],
    ["no prefix any more", withTarget({ Prefix: undefined }), { Prefix: undefined }],
    [
      "another interval",
      withTarget({ BufferingHints: { SizeInMBs: "1", IntervalInSeconds: "61" } }),
      { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 61 } },
    ],
  ])("gives it %s in place, under its next version", async (_, properties, members) => {
    const { deliveryStream, describeStream, id } = await created();
    expect(await deliveryStream.update(id, properties)).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
    });
    const { VersionId, Destinations } = await describeStream("logs");
    expect(VersionId).toBe("2");
    const { ExtendedS3DestinationDescription } = Destinations[0];
    for (const [name, value] of Object.entries(members)) {
      expect(ExtendedS3DestinationDescription[name]).toEqual(value);
    }
  });

  it("gives it other tags, which is no other version", async () => {
    const { deliveryStream, describeStream, callFirehose, id } = await created({
      Tags: [{ Key: "team", Value: "logs" }],
    });
    const Tags = [{ Key: "cost", Value: "7" }];
    expect(await deliveryStream.update(id, { ...LOGS, Tags })).toMatchObject({
      Status: "SUCCESS",
    });
    expect(
      (await callFirehose("ListTagsForDeliveryStream", { DeliveryStreamName: "logs" })).value,
    ).toEqual({ Tags, HasMoreTags: false });
    expect(await describeStream("logs")).toMatchObject({ VersionId: "1" });
  });

  it("refuses another source, and says what to do", async () => {
    const { deliveryStream, describeStream, id } = await created();
    const before = await describeStream("logs");
    expect(await deliveryStream.update(id, { ...LOGS, ...FROM_CLICKS })).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: id,
      Reason: expect.stringMatching(/^The source of logs cannot be changed\. Give it another/),
    });
    expect(await describeStream("logs")).toEqual(before);
  });

  it("makes another one for another name, and the first goes when it is deleted", async () => {
    const { deliveryStream, describeStream, id } = await created();
    const answer = await deliveryStream.update(id, { ...LOGS, DeliveryStreamName: "lines" });
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: expect.stringMatching(/^lines\//),
    });
    expect(await deliveryStream.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await describeStream("logs")).toBeUndefined();
    expect(await describeStream("lines")).toMatchObject({ DeliveryStreamStatus: "ACTIVE" });
  });

  it("makes it anew where its source was made anew", async () => {
    const {
      deliveryStream,
      callKinesis,
      describeStream,
      create: _,
      ...made
    } = await created(FROM_CLICKS);
    await callKinesis("DeleteStream", { StreamName: "clicks" });
    made.advance(1000);
    await callKinesis("CreateStream", { StreamName: "clicks", ShardCount: 1 });
    made.advance(1000);
    const answer = await deliveryStream.update(made.id, { ...LOGS, ...FROM_CLICKS });
    expect(answer).toMatchObject({ Status: "SUCCESS" });
    expect(answer.PhysicalResourceId).not.toBe(made.id);
    expect(await describeStream("logs")).toMatchObject({ DeliveryStreamStatus: "ACTIVE" });
  });
});

describe("Delete", () => {
  it("is refused as long as the delivery stream is declared to be protected", async () => {
    const { deliveryStream, describeStream, id } = await created({ DeletionProtection: "true" });
    expect(await deliveryStream.remove(id, { ...LOGS, DeletionProtection: "true" })).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("is protected from deletion"),
    });
    expect(await describeStream("logs")).toBeDefined();
    expect(await deliveryStream.remove(id, LOGS)).toMatchObject({ Status: "SUCCESS" });
    expect(await describeStream("logs")).toBeUndefined();
  });

  it("deletes it, once or twice", async () => {
    const { deliveryStream, describeStream, id } = await created();
    expect(await deliveryStream.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await describeStream("logs")).toBeUndefined();
    expect(await deliveryStream.remove(id)).toMatchObject({ Status: "SUCCESS" });
  });

  it("leaves one of the same name alone that somebody made since", async () => {
    const { deliveryStream, describeStream, id } = await created();
    await deliveryStream.remove(id);
    await deliveryStream.create(LOGS);
    await deliveryStream.remove(id);
    expect(await describeStream("logs")).toMatchObject({ DeliveryStreamStatus: "ACTIVE" });
  });
});

describe("what Firehose has not", () => {
  it("keeps the records of one that is put to for as long as is declared, and again for 24 hours without that", async () => {
    const { deliveryStream, stored, id } = await created({ RetentionPeriodHours: "48" });
    const hours = async () => (await stored())?.retention?.hours;
    expect(await hours()).toBe(48);
    for (const [declared, kept] of [
      ["72", 72],
      ["36", 36],
      [undefined, 24],
    ] as const) {
      const properties = { ...LOGS, ...(declared && { RetentionPeriodHours: declared }) };
      expect(await deliveryStream.update(id, properties)).toMatchObject({
        Status: "SUCCESS",
        PhysicalResourceId: id,
      });
      expect(await hours()).toBe(kept);
    }
  });

  it("begins in its data stream where it is declared to", async () => {
    const { stored } = await created({
      ...FROM_CLICKS,
      StartingPosition: "TRIM_HORIZON",
    });
    expect((await stored())?.source?.startsEarlier).toBe(true);
  });

  it.each([
    [{ RetentionPeriodHours: "23" }, /retentionPeriodHours/],
    [{ RetentionPeriodHours: "48", ...FROM_CLICKS }, /^RetentionPeriodHours is of Direct PUT/],
    [{ StartingPosition: "LATEST" }, /^StartingPosition is of delivery streams that read/],
  ])("refuses %j, also for one that stands", async (members, reason) => {
    const { deliveryStream } = await world();
    const refused = { Status: "FAILED", Reason: expect.stringMatching(reason) };
    const properties = { ...LOGS, ...members };
    expect(await deliveryStream.create(properties)).toMatchObject(refused);
    const first =
      "KinesisStreamSourceConfiguration" in members ? { ...LOGS, ...FROM_CLICKS } : LOGS;
    const { PhysicalResourceId: id } = await deliveryStream.create(first);
    expect(await deliveryStream.update(id, properties)).toMatchObject(refused);
  });
});

it("an encryption that cannot be ended, for its key cannot be used, is told to the template", async () => {
  const keys = memoryKeys(systemRandom);
  const seals = createBlockSeals(keys, { now: () => 0 }, systemRandom);
  const { deliveryStream, stored } = await world({ seals });
  const encrypted = {
    ...LOGS,
    DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
  };
  const { PhysicalResourceId: id } = await deliveryStream.create(encrypted);
  keys.refuse("", "DisabledException");
  expect(await deliveryStream.update(id, LOGS)).toMatchObject({
    Status: "FAILED",
    Reason: expect.stringMatching(/^The key cannot be used: DisabledException: /),
  });
  expect((await stored())?.encryption?.key).toEqual({});
  keys.refuse("");
  expect(await deliveryStream.update(id, LOGS)).toMatchObject({ Status: "SUCCESS" });
  expect((await stored())?.encryption?.key).toBeUndefined();
});

describe("Paused", () => {
  /** The names of the readers that were woken. */
  async function paused(properties: object) {
    const woken: string[] = [];
    const deliverQueue = {
      send: async ({ readerId }: { readonly readerId: string }) => void woken.push(readerId),
    };
    const made = await world({ deliverQueue });
    const answer = await made.deliveryStream.create({ ...LOGS, ...properties });
    const isPaused = async () => (await made.stored())?.pausedAtMs !== undefined;
    const update = (change: object) =>
      made.deliveryStream.update(answer.PhysicalResourceId, { ...LOGS, ...change });
    return { ...made, woken, isPaused, update };
  }

  it("is so from the beginning, until it is declared otherwise", async () => {
    const { update, isPaused } = await paused({ Paused: "true" });
    expect(await isPaused()).toBe(true);
    expect(await update({ Paused: "false" })).toMatchObject({ Status: "SUCCESS" });
    expect(await isPaused()).toBe(false);
    await update({ Paused: "true" });
    expect(await isPaused()).toBe(true);
  });

  it("wakes the readers of what has waited, when all else is as it is declared", async () => {
    const { update, callFirehose, advance, woken, describeStream } = await paused({
      Paused: "true",
    });
    const Record = { Data: Buffer.from("x").toString("base64") };
    await callFirehose("PutRecord", { DeliveryStreamName: "logs", Record });
    advance(400_000);
    expect(woken).toEqual([]);
    const other = { ...withTarget({ Prefix: "other/" }), Paused: "false" };
    expect(await update(other)).toMatchObject({ Status: "SUCCESS" });
    expect(woken).toEqual(["delivery"]);
    expect(await describeStream("logs")).toMatchObject({
      Destinations: [{ S3DestinationDescription: { Prefix: "other/" } }],
    });
  });

  it("is left as it is where the template says nothing: somebody may have paused it meanwhile", async () => {
    const { update, isPaused, call } = await paused({});
    await call("PauseDelivery", { DeliveryStreamName: "logs" });
    expect(await update({ ...withTarget({ Prefix: "other/" }) })).toMatchObject({
      Status: "SUCCESS",
    });
    expect(await isPaused()).toBe(true);
  });
});
