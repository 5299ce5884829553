import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, arnOf } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";

const ORDERS = { ServiceToken: "token", Name: "orders", ShardCount: "2" };

async function created(properties: object = {}) {
  const world = await declaredWorld();
  const answer = await world.stream.create({ ...ORDERS, ...properties });
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  const tags = async () =>
    (await world.callKinesis("ListTagsForStream", { StreamName: "orders" })).value.Tags;
  return { ...world, tags, id: answer.PhysicalResourceId };
}

describe("Create", () => {
  it("makes the stream, and answers when it is ACTIVE", async () => {
    const { stream, summary } = await declaredWorld();
    const answer = await stream.create({ ...ORDERS, RetentionPeriodHours: "48" });
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: expect.stringMatching(/^orders\/[0-9a-f]{16}$/),
      Data: { Name: "orders", Arn: arnOf("orders") },
    });
    expect(await summary("orders")).toMatchObject({
      StreamStatus: "ACTIVE",
      OpenShardCount: 2,
      RetentionPeriodHours: 48,
      StreamModeDetails: { StreamMode: "PROVISIONED" },
    });
  });

  it("makes an on-demand stream where no shards are counted", async () => {
    const { stream, summary } = await declaredWorld();
    await stream.create({ Name: "orders" });
    expect(await summary("orders")).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
    });
  });

  it("makes one stream when the request comes twice", async () => {
    const { stream } = await declaredWorld();
    const first = await stream.create(ORDERS, "again");
    expect(await stream.create(ORDERS, "again")).toEqual(first);
  });

  it("makes nothing when the request comes once more after the stream was deleted", async () => {
    const { stream, summary } = await declaredWorld();
    const { PhysicalResourceId: id } = await stream.create(ORDERS, "late");
    await stream.remove(id);
    expect(await stream.create(ORDERS, "late")).toMatchObject({ Status: "FAILED" });
    expect(await summary("orders")).toBeUndefined();
    expect(await stream.create(ORDERS)).toMatchObject({ Status: "SUCCESS" });
  });

  it("fails where the name is taken, and leaves that stream alone when the stack rolls back", async () => {
    const { stream, summary } = await declaredWorld();
    const answer = await stream.create({ ...ORDERS, Name: "clicks" });
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: `Stream clicks under account ${ACCOUNT_ID} already exists.`,
    });
    expect(await stream.remove(answer.PhysicalResourceId)).toMatchObject({ Status: "SUCCESS" });
    expect(await summary("clicks")).toMatchObject({ StreamStatus: "ACTIVE" });
  });

  it("fails before it makes anything for a retention that no stream has", async () => {
    const { stream, summary } = await declaredWorld();
    expect(await stream.create({ ...ORDERS, RetentionPeriodHours: "23" })).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("at 'retentionPeriodHours'"),
    });
    expect(await summary("orders")).toBeUndefined();
  });

  it("lets CloudFormation delete what a failed request has made", async () => {
    const { stream, summary } = await declaredWorld({
      sweepRule: { enable: () => Promise.reject(new Error("no answer")) },
    });
    const answer = await stream.create({ ...ORDERS, RetentionPeriodHours: "48" });
    expect(answer).toMatchObject({ Status: "FAILED" });
    expect(await summary("orders")).toBeDefined();
    await stream.remove(answer.PhysicalResourceId);
    expect(await summary("orders")).toBeUndefined();
  });
});

describe("Update", () => {
  it("changes shards and retention, and what is declared no longer", async () => {
    const { stream, summary, id } = await created({ RetentionPeriodHours: "48" });
    const update = (properties: object) => stream.update(id, { ...ORDERS, ...properties });
    expect(await update({ ShardCount: "4", RetentionPeriodHours: "72" })).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
    });
    expect(await summary("orders")).toMatchObject({
      StreamStatus: "ACTIVE",
      OpenShardCount: 4,
      RetentionPeriodHours: 72,
    });
    expect(await update({ ShardCount: "4" })).toMatchObject({ Status: "SUCCESS" });
    expect(await summary("orders")).toMatchObject({ RetentionPeriodHours: 24 });
  });

  it("changes the mode in both directions", async () => {
    const { stream, summary, id } = await created();
    const onDemand = { Name: "orders", StreamModeDetails: { StreamMode: "ON_DEMAND" } };
    expect(await stream.update(id, onDemand)).toMatchObject({ Status: "SUCCESS" });
    expect(await summary("orders")).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 2,
    });
    expect(await stream.update(id, { ...ORDERS, ShardCount: "3" })).toMatchObject({
      Status: "SUCCESS",
    });
    expect(await summary("orders")).toMatchObject({
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      OpenShardCount: 3,
    });
  });

  it("fails with Kinesis's sentence for more than twice the shards", async () => {
    const { stream, id } = await created();
    expect(await stream.update(id, { ...ORDERS, ShardCount: "5" })).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: id,
      Reason:
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 2, Target shard count: 5",
    });
  });

  it("makes another stream for another name", async () => {
    const { stream, summary, id } = await created();
    const answer = await stream.update(id, { ...ORDERS, Name: "purchases" });
    expect(answer).toMatchObject({ Status: "SUCCESS", Data: { Name: "purchases" } });
    expect(answer.PhysicalResourceId).toMatch(/^purchases\//);
    await stream.remove(id);
    expect(await summary("orders")).toBeUndefined();
    expect(await summary("purchases")).toMatchObject({ StreamStatus: "ACTIVE" });
  });

  it("leaves nothing behind of another stream that could not be made whole", async () => {
    let isDown = false;
    const enable = () => (isDown ? Promise.reject(new Error("no answer")) : Promise.resolve());
    const { stream, summary } = await declaredWorld({ sweepRule: { enable } });
    const { PhysicalResourceId: id } = await stream.create(ORDERS);
    isDown = true;
    const renamed = { ...ORDERS, Name: "purchases", RetentionPeriodHours: "48" };
    expect(await stream.update(id, renamed)).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: id,
    });
    expect(await summary("purchases")).toBeUndefined();
    expect(await summary("orders")).toBeDefined();
    isDown = false;
    expect(await stream.update(id, renamed)).toMatchObject({ Status: "SUCCESS" });
  });
});

describe("what Kinesis's own calls set as well", () => {
  const KEY = "alias/aws/kinesis";
  const SETTINGS = {
    Tags: [
      { Key: "team", Value: "orders" },
      { Key: "stage", Value: "" },
    ],
    StreamEncryption: { EncryptionType: "KMS", KeyId: KEY },
    DesiredShardLevelMetrics: ["IncomingBytes", "IteratorAgeMilliseconds"],
    MaxRecordSizeInKiB: "2048",
  };
  const metricsOf = (names: readonly string[]) => [{ ShardLevelMetrics: names }];

  it("is as it is declared from the beginning", async () => {
    const { summary, tags } = await created(SETTINGS);
    expect(await summary("orders")).toMatchObject({
      StreamStatus: "ACTIVE",
      EncryptionType: "KMS",
      KeyId: KEY,
      EnhancedMonitoring: metricsOf(["IncomingBytes", "IteratorAgeMilliseconds"]),
      MaxRecordSizeInKiB: 2048,
    });
    expect(await tags()).toEqual(SETTINGS.Tags.toReversed());
  });

  it("is changed in place, one thing after another", async () => {
    const { stream, summary, tags, id } = await created(SETTINGS);
    const answer = await stream.update(id, {
      ...ORDERS,
      Tags: [{ Key: "team", Value: "views" }],
      StreamEncryption: { EncryptionType: "KMS", KeyId: "alias/other" },
      DesiredShardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
      MaxRecordSizeInKiB: "4096",
    });
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(await summary("orders")).toMatchObject({
      StreamStatus: "ACTIVE",
      KeyId: "alias/other",
      EnhancedMonitoring: metricsOf(["IncomingBytes", "OutgoingBytes"]),
      MaxRecordSizeInKiB: 4096,
    });
    expect(await tags()).toEqual([{ Key: "team", Value: "views" }]);
    expect(
      await stream.update(id, { ...ORDERS, Tags: [], DesiredShardLevelMetrics: ["ALL"] }),
    ).toMatchObject({ Status: "SUCCESS" });
    expect(await tags()).toEqual([]);
    expect((await summary("orders")).EnhancedMonitoring[0].ShardLevelMetrics).toHaveLength(7);
  });

  it("is left to those calls where the template says nothing", async () => {
    const { stream, summary, tags, id, callKinesis } = await created(SETTINGS);
    await callKinesis("AddTagsToStream", { StreamName: "orders", Tags: { by: "hand" } });
    expect(await stream.update(id, { ...ORDERS, RetentionPeriodHours: "48" })).toMatchObject({
      Status: "SUCCESS",
    });
    expect(await summary("orders")).toMatchObject({ KeyId: KEY, MaxRecordSizeInKiB: 2048 });
    expect(await tags()).toHaveLength(3);
  });
});

describe("Delete", () => {
  it("is refused as long as the stream is declared to be protected, and leaves it", async () => {
    const { stream, summary, id } = await created({ DeletionProtection: "true" });
    expect(await stream.remove(id, { ...ORDERS, DeletionProtection: "true" })).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: id,
      Reason: expect.stringContaining(`${id} is protected from deletion.`),
    });
    expect(await summary("orders")).toMatchObject({ StreamStatus: "ACTIVE" });
    expect(await stream.remove(id, { ...ORDERS, DeletionProtection: "false" })).toMatchObject({
      Status: "SUCCESS",
    });
    expect(await summary("orders")).toBeUndefined();
    expect(await stream.remove(id, { ...ORDERS, DeletionProtection: "true" })).toMatchObject({
      Status: "SUCCESS",
    });
  });

  it("deletes the stream, also when it is asked to twice", async () => {
    const { stream, summary, id } = await created();
    expect(await stream.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await summary("orders")).toBeUndefined();
    expect(await stream.remove(id)).toMatchObject({ Status: "SUCCESS" });
  });

  it("leaves a stream alone that somebody made under the name since", async () => {
    const { stream, callKinesis, advance, summary, id } = await created();
    await callKinesis("DeleteStream", { StreamName: "orders" });
    await callKinesis("CreateStream", { StreamName: "orders", ShardCount: 1 });
    advance(1000);
    expect(await stream.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await summary("orders")).toMatchObject({ StreamStatus: "ACTIVE" });
  });
});
