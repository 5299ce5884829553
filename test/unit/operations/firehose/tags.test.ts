import { expect, it } from "vitest";
import { createRequest, harness, invalidArgument, notFound } from "./harness.ts";

const NAME = { DeliveryStreamName: "access-logs" };
const many = (count: number, prefix = "k") =>
  Array.from({ length: count }, (_, i) => ({ Key: `${prefix}${i}`, Value: "v" }));

async function created(given?: readonly object[]) {
  const made = harness();
  await made.call("CreateDeliveryStream", createRequest({}, given && { Tags: given }));
  return {
    ...made,
    list: async (members: object = {}) =>
      (await made.call("ListTagsForDeliveryStream", { ...NAME, ...members })).value,
    tag: (Tags: readonly object[]) => made.call("TagDeliveryStream", { ...NAME, Tags }),
    untag: (TagKeys: readonly string[]) => made.call("UntagDeliveryStream", { ...NAME, TagKeys }),
  };
}

it("tags are given at creation, added, replaced and removed", async () => {
  const { tag, untag, list } = await created([{ Key: "team", Value: "logs" }, { Key: "bare" }]);
  expect(await tag([{ Key: "team", Value: "platform" }, { Key: "cost" }])).toEqual({ value: {} });
  expect(await untag(["bare", "unknown"])).toEqual({ value: {} });
  expect(await list()).toEqual({
    Tags: [
      { Key: "cost", Value: "" },
      { Key: "team", Value: "platform" },
    ],
    HasMoreTags: false,
  });
});

it("tags are listed in the order of their keys, in pages", async () => {
  const { list } = await created(["b", "a", "c"].map((Key) => ({ Key, Value: "v" })));
  expect(await list({ Limit: 2 })).toMatchObject({
    Tags: [{ Key: "a" }, { Key: "b" }],
    HasMoreTags: true,
  });
  expect(await list({ ExclusiveStartTagKey: "b", Limit: 2 })).toMatchObject({
    Tags: [{ Key: "c" }],
    HasMoreTags: false,
  });
  expect(await list({ ExclusiveStartTagKey: "a1" })).toMatchObject({
    Tags: [{ Key: "b" }, { Key: "c" }],
  });
});

it("a stream has fifty tags at most, and none of those that are too many", async () => {
  const { tag, list } = await created(many(49));
  expect((await tag(many(2, "more"))).error).toEqual({
    name: "LimitExceededException",
    message: "A delivery stream cannot have more than 50 tags",
  });
  expect((await list()).Tags).toHaveLength(49);
  expect(await tag([{ Key: "k0", Value: "again" }, { Key: "last" }])).toEqual({ value: {} });
});

it("a key is given once", async () => {
  const { tag } = await created();
  expect(
    await tag([
      { Key: "k", Value: "1" },
      { Key: "k", Value: "2" },
    ]),
  ).toEqual(invalidArgument("A tag key may be given only once in a request"));
});

it("two changes at the same time are both made", async () => {
  const { tag, list } = await created();
  await Promise.all(many(8).map((one) => tag([one])));
  expect((await list()).Tags).toHaveLength(8);
});

it("a change of tags is no other version of the stream", async () => {
  const { tag, call } = await created();
  await tag(many(1));
  const { value } = await call("DescribeDeliveryStream", NAME);
  expect(value.DeliveryStreamDescription).toMatchObject({ VersionId: "1" });
  expect(value.DeliveryStreamDescription).not.toHaveProperty("LastUpdateTimestamp");
});

it.each([
  ["TagDeliveryStream", { Tags: many(1) }],
  ["UntagDeliveryStream", { TagKeys: ["k"] }],
  ["ListTagsForDeliveryStream", {}],
])("%s does not find a stream that is not there", async (name, members) => {
  expect(await harness().call(name, { ...NAME, ...members })).toEqual(notFound("access-logs"));
});

it.each(["creating", "deleting"] as const)("a stream that is %s takes no tags", async (kind) => {
  const { tag, context } = await created();
  const standing = (await context.deliveryStreams.get("access-logs"))!;
  const transition = { kind, sinceMs: context.clock.now() };
  await context.deliveryStreams.update(standing, { ...standing, transition });
  expect((await tag(many(1))).error).toEqual({
    name: "ResourceInUseException",
    message: `Firehose access-logs under accountId ${context.accountId} is not ACTIVE but ${kind.toUpperCase()}`,
  });
});
