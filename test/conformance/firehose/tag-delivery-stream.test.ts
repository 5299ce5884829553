import {
  ListTagsForDeliveryStreamCommand,
  TagDeliveryStreamCommand,
  type Tag,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  clientSending,
  expectRefusal,
  firehoseClient,
  newStream,
  notNull,
  uniqueName,
  violations,
} from "./client.ts";

const tag = (DeliveryStreamName: string, Tags: Tag[]) =>
  new TagDeliveryStreamCommand({ DeliveryStreamName, Tags });

describe("TagDeliveryStream: serialization", () => {
  it("refuses tags that are no list", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","Tags":"k"}').send(tag("a", [])),
      "SerializationException",
      /./,
    );
  });
});

describe("TagDeliveryStream: validation", () => {
  it("refuses no tags at all, and a tag without a key", async () => {
    const client = firehoseClient();
    await expectRefusal(
      client.send(tag("a", [])),
      "ValidationException",
      violations(
        "Value at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
    await expectRefusal(
      client.send(tag("a", [{ Key: undefined, Value: "v" }])),
      "ValidationException",
      violations(notNull("tags.1.member.key")),
    );
  });

  it("refuses keys of AWS's own", async () => {
    await expectRefusal(
      firehoseClient().send(tag("a", [{ Key: "aws:team" }])),
      "ValidationException",
      /^1 validation error detected: Value at 'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(tag(name, [{ Key: "k" }])),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("TagDeliveryStream: behaviour", () => {
  it("adds tags and replaces those that have the key", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, { Tags: [{ Key: "a", Value: "1" }] });
    await client.send(
      tag(DeliveryStreamName, [
        { Key: "a", Value: "2" },
        { Key: "späße", Value: "für alle" },
      ]),
    );
    const { Tags } = await client.send(
      new ListTagsForDeliveryStreamCommand({ DeliveryStreamName }),
    );
    expect(Tags).toEqual([
      { Key: "a", Value: "2" },
      { Key: "späße", Value: "für alle" },
    ]);
  });
});
