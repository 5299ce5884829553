/** What can be changed about a data stream: tags, encryption, monitoring, mode, record size, policy. */
import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  arnOf,
  harness,
  invalid,
  invalidArgument,
  inUse,
  notFound,
  TRANSITION_MS,
} from "./harness.ts";

const CLICKS = { StreamName: "clicks" };
const ARN = { StreamARN: arnOf("clicks") };
const RESOURCE = { ResourceARN: arnOf("clicks") };

async function setUp(members?: object) {
  const world = harness();
  await world.create("clicks", members);
  return {
    ...world,
    async summary() {
      const { value } = await world.call("DescribeStreamSummary", CLICKS);
      return value.StreamDescriptionSummary;
    },
  };
}

const notActive = (status: string) =>
  inUse(`Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state ${status}`);

describe("tags", () => {
  it("come with the stream, are overwritten, removed, and listed by key", async () => {
    const { call } = await setUp({ ShardCount: 1, Tags: { b: "1", team: "späße" } });
    await call("AddTagsToStream", { ...CLICKS, Tags: { a: "", b: "2" } });
    await call("TagResource", { ...RESOURCE, Tags: { "c:d": "3" } });
    expect((await call("ListTagsForResource", RESOURCE)).value).toEqual({
      Tags: [
        { Key: "a", Value: "" },
        { Key: "b", Value: "2" },
        { Key: "c:d", Value: "3" },
        { Key: "team", Value: "späße" },
      ],
    });
    await call("RemoveTagsFromStream", { ...CLICKS, TagKeys: ["a", "unknown"] });
    await call("UntagResource", { ...RESOURCE, TagKeys: ["c:d"] });
    expect((await call("ListTagsForStream", CLICKS)).value).toEqual({
      Tags: [
        { Key: "b", Value: "2" },
        { Key: "team", Value: "späße" },
      ],
      HasMoreTags: false,
    });
  });

  it("are paged by key", async () => {
    const { call } = await setUp({ ShardCount: 1, Tags: { a: "", b: "", c: "" } });
    const first = await call("ListTagsForStream", { ...CLICKS, Limit: 2 });
    expect(first.value).toMatchObject({ HasMoreTags: true, Tags: [{ Key: "a" }, { Key: "b" }] });
    const next = await call("ListTagsForStream", { ...CLICKS, ExclusiveStartTagKey: "b" });
    expect(next.value).toMatchObject({ HasMoreTags: false, Tags: [{ Key: "c" }] });
  });

  it("keep to their characters", async () => {
    const { call } = await setUp();
    expect(await call("AddTagsToStream", { ...CLICKS, Tags: { "a;b": "" } })).toEqual(
      invalidArgument(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
      ),
    );
    expect(await call("AddTagsToStream", { ...CLICKS, Tags: { a: "5%" } })).toEqual(
      invalidArgument(
        `Failed to add tags to stream clicks under account ${ACCOUNT_ID} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.`,
      ),
    );
    const reserved = await call("AddTagsToStream", { ...CLICKS, Tags: { "aws:x": "" } });
    expect(reserved.error?.name).toBe("InvalidArgumentException");
  });

  it.each(["\t", "\n", "\r", "\u00a0", "\u2028", ",", ";", "\u0000"])(
    "have no %j in keys or values, whichever call brings them",
    async (character) => {
      const { call } = await setUp();
      const text = `a${character}b`;
      const refused = invalidArgument(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
      );
      for (const Tags of [{ [text]: "" }, { a: text }]) {
        expect(await call("AddTagsToStream", { ...CLICKS, Tags })).toEqual(refused);
        expect(await call("TagResource", { ...RESOURCE, Tags })).toEqual(refused);
        expect(await call("CreateStream", { StreamName: "x", Tags })).toEqual(refused);
        const consumer = { ...ARN, ConsumerName: "app", Tags };
        expect(await call("RegisterStreamConsumer", consumer)).toEqual(refused);
      }
      const TagKeys = [text];
      expect(await call("RemoveTagsFromStream", { ...CLICKS, TagKeys })).toEqual(refused);
      expect(await call("UntagResource", { ...RESOURCE, TagKeys })).toEqual(refused);
    },
  );

  it("take letters and digits of any script, the blank and the signs that are listed", async () => {
    const { call } = await setUp();
    const text = "ü0 ключ 鍵 ½ _.:/=+-@";
    expect(await call("AddTagsToStream", { ...CLICKS, Tags: { [text]: text } })).toEqual({
      value: {},
    });
    expect(await call("RemoveTagsFromStream", { ...CLICKS, TagKeys: [text] })).toEqual({
      value: {},
    });
  });

  it("are fifty at most, those that stand included", async () => {
    const { call } = await setUp();
    const tags = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${from + i}`, ""]));
    expect(await call("AddTagsToStream", { ...CLICKS, Tags: tags(0, 50) })).toEqual({ value: {} });
    expect(await call("AddTagsToStream", { ...CLICKS, Tags: tags(49, 1) })).toEqual({ value: {} });
    const { error } = await call("AddTagsToStream", { ...CLICKS, Tags: tags(50, 1) });
    expect(error?.message).toContain("cannot have more than 50 tags");
  });

  it("that are added at once by two callers are all there", async () => {
    const { call } = await setUp();
    await Promise.all(
      ["a", "b", "c", "d"].map((key) =>
        call("AddTagsToStream", { ...CLICKS, Tags: { [key]: "" } }),
      ),
    );
    expect((await call("ListTagsForStream", CLICKS)).value.Tags).toHaveLength(4);
  });

  it("of a consumer are its own, from its registration on", async () => {
    const { call } = await setUp();
    const { value } = await call("RegisterStreamConsumer", {
      ...ARN,
      ConsumerName: "app",
      Tags: { a: "1", b: "2" },
    });
    const ResourceARN = value.Consumer.ConsumerARN as string;
    await call("TagResource", { ResourceARN, Tags: { b: "3", c: "" } });
    await call("UntagResource", { ResourceARN, TagKeys: ["a"] });
    expect((await call("ListTagsForResource", { ResourceARN })).value).toEqual({
      Tags: [
        { Key: "b", Value: "3" },
        { Key: "c", Value: "" },
      ],
    });
    expect((await call("ListTagsForStream", CLICKS)).value.Tags).toEqual([]);
  });

  it("of an unknown stream are not found", async () => {
    const { call } = harness();
    expect(await call("ListTagsForStream", CLICKS)).toEqual(notFound("clicks"));
  });
});

describe("encryption", () => {
  const KEY = { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };

  it("shows its key while it is switched on, after a moment of UPDATING", async () => {
    const { call, summary, advance } = await setUp();
    await call("StartStreamEncryption", { ...CLICKS, ...KEY });
    expect((await summary()).StreamStatus).toBe("UPDATING");
    expect(await call("StopStreamEncryption", { ...CLICKS, ...KEY })).toEqual(
      notActive("UPDATING"),
    );
    advance(TRANSITION_MS);
    expect(await summary()).toMatchObject({ StreamStatus: "ACTIVE", ...KEY });
    await call("StopStreamEncryption", { ...CLICKS, ...KEY });
    expect(await summary()).toMatchObject({ EncryptionType: "NONE" });
    expect(await summary()).not.toHaveProperty("KeyId");
  });

  it("is of KMS or not at all", async () => {
    const { call } = await setUp();
    const none = { ...CLICKS, ...KEY, EncryptionType: "NONE" };
    expect((await call("StartStreamEncryption", none)).error?.name).toBe(
      "InvalidArgumentException",
    );
  });
});

describe("enhanced monitoring", () => {
  it("answers with what was and what shall be", async () => {
    const { call, summary } = await setUp();
    const enable = (...ShardLevelMetrics: string[]) =>
      call("EnableEnhancedMonitoring", { ...CLICKS, ShardLevelMetrics });
    expect((await enable("OutgoingBytes", "IncomingBytes")).value).toEqual({
      StreamName: "clicks",
      StreamARN: arnOf("clicks"),
      CurrentShardLevelMetrics: [],
      DesiredShardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
    });
    const all = await enable("ALL");
    expect(all.value.CurrentShardLevelMetrics).toHaveLength(2);
    expect(all.value.DesiredShardLevelMetrics).toHaveLength(7);
    const disabled = await call("DisableEnhancedMonitoring", {
      ...CLICKS,
      ShardLevelMetrics: ["IncomingBytes"],
    });
    expect(disabled.value.DesiredShardLevelMetrics).toHaveLength(6);
    await call("DisableEnhancedMonitoring", { ...CLICKS, ShardLevelMetrics: ["ALL"] });
    expect((await summary()).EnhancedMonitoring).toEqual([{ ShardLevelMetrics: [] }]);
  });
});

describe("the mode", () => {
  const to = (StreamMode: string) => ({ ...ARN, StreamModeDetails: { StreamMode } });

  it("changes twice a day, and the shards stay", async () => {
    const { call, summary, advance } = await setUp({ ShardCount: 3 });
    await call("UpdateStreamMode", to("ON_DEMAND"));
    expect(await call("UpdateStreamMode", to("PROVISIONED"))).toEqual(notActive("UPDATING"));
    advance(TRANSITION_MS);
    expect(await summary()).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 3,
    });
    await call("UpdateStreamMode", to("PROVISIONED"));
    advance(TRANSITION_MS);
    expect((await call("UpdateStreamMode", to("ON_DEMAND"))).error?.name).toBe(
      "LimitExceededException",
    );
    advance(24 * 3_600_000);
    expect(await call("UpdateStreamMode", to("ON_DEMAND"))).toEqual({ value: {} });
  });
});

describe("the largest record", () => {
  it("can be made larger within bounds", async () => {
    const { call, summary } = await setUp();
    expect((await summary()).MaxRecordSizeInKiB).toBe(1024);
    await call("UpdateMaxRecordSize", { ...ARN, MaxRecordSizeInKiB: 2048 });
    expect((await summary()).MaxRecordSizeInKiB).toBe(2048);
    expect(await call("UpdateMaxRecordSize", { ...ARN, MaxRecordSizeInKiB: 10_241 })).toEqual(
      invalid(
        "Value '10241' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value less than or equal to 10240",
      ),
    );
  });
});

describe("a resource policy", () => {
  it("is kept as it was given, and empty where there is none", async () => {
    const { call } = await setUp();
    expect((await call("GetResourcePolicy", RESOURCE)).value).toEqual({ Policy: "{}" });
    const Policy = '{ "Version": "2012-10-17", "Statement": [] }';
    await call("PutResourcePolicy", { ...RESOURCE, Policy });
    expect((await call("GetResourcePolicy", RESOURCE)).value).toEqual({ Policy });
    await call("DeleteResourcePolicy", RESOURCE);
    expect((await call("GetResourcePolicy", RESOURCE)).value).toEqual({ Policy: "{}" });
    expect((await call("DeleteResourcePolicy", RESOURCE)).error?.name).toBe(
      "ResourceNotFoundException",
    );
  });

  it("of a consumer is its own, and goes with it", async () => {
    const { call, advance } = await setUp();
    const consumer = { ...ARN, ConsumerName: "app" };
    const { value } = await call("RegisterStreamConsumer", consumer);
    const address = { ResourceARN: value.Consumer.ConsumerARN as string };
    const Policy = '{ "Statement": [ ] }';
    expect(await call("PutResourcePolicy", { ...address, Policy })).toEqual(
      inUse(
        `Consumer ${address.ResourceARN} under account ${ACCOUNT_ID} not ACTIVE, instead in state CREATING`,
      ),
    );
    advance(TRANSITION_MS);
    expect((await call("GetResourcePolicy", address)).value).toEqual({ Policy: "{}" });
    expect(await call("PutResourcePolicy", { ...address, Policy })).toEqual({ value: {} });
    expect((await call("GetResourcePolicy", address)).value).toEqual({ Policy });
    expect((await call("GetResourcePolicy", RESOURCE)).value).toEqual({ Policy: "{}" });
    await call("DeleteResourcePolicy", address);
    expect((await call("GetResourcePolicy", address)).value).toEqual({ Policy: "{}" });
    expect((await call("DeleteResourcePolicy", address)).error?.name).toBe(
      "ResourceNotFoundException",
    );
    await call("PutResourcePolicy", { ...address, Policy });
    await call("DeregisterStreamConsumer", consumer);
    const gone = {
      error: {
        name: "ResourceNotFoundException",
        message: `Consumer ${address.ResourceARN}, account ${ACCOUNT_ID} not found.`,
      },
    };
    expect(await call("GetResourcePolicy", address)).toEqual(gone);
    expect(await call("PutResourcePolicy", { ...address, Policy })).toEqual(gone);
    advance(1000);
    const again = await call("RegisterStreamConsumer", consumer);
    const { ConsumerARN: ResourceARN } = again.value.Consumer;
    expect((await call("GetResourcePolicy", { ResourceARN })).value).toEqual({ Policy: "{}" });
  });

  it("of what is no consumer's whole name is not found", async () => {
    const { call } = await setUp();
    const { error } = await call("GetResourcePolicy", {
      ResourceARN: `${arnOf("clicks")}/consumer/app`,
    });
    expect(error?.name).toBe("ResourceNotFoundException");
  });

  it("is JSON", async () => {
    const { call } = await setUp();
    for (const Policy of ["", "{", "[]", "1", "{}"]) {
      expect((await call("PutResourcePolicy", { ...RESOURCE, Policy })).error?.name).toBe(
        "InvalidArgumentException",
      );
    }
  });
});
