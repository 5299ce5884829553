import {
  ListTagsForDeliveryStreamCommand,
  UntagDeliveryStreamCommand,
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

const untag = (DeliveryStreamName: string, TagKeys: string[] | undefined) =>
  new UntagDeliveryStreamCommand({ DeliveryStreamName, TagKeys });

describe("UntagDeliveryStream: serialization", () => {
  it("refuses keys that are no list", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","TagKeys":"k"}').send(untag("a", [])),
      "SerializationException",
      /./,
    );
  });
});

describe("UntagDeliveryStream: validation", () => {
  it("refuses a request without keys", async () => {
    await expectRefusal(
      firehoseClient().send(untag("a", undefined)),
      "ValidationException",
      violations(notNull("tagKeys")),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(untag(name, ["k"])),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("UntagDeliveryStream: behaviour", () => {
  it("removes the tags of those keys and passes over unknown ones", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, {
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    await client.send(untag(DeliveryStreamName, ["a", "z"]));
    const { Tags } = await client.send(
      new ListTagsForDeliveryStreamCommand({ DeliveryStreamName }),
    );
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});
