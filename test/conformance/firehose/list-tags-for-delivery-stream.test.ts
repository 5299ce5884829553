import { ListTagsForDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  clientSending,
  expectRefusal,
  firehoseClient,
  newStream,
  uniqueName,
  violations,
} from "./client.ts";

const list = (DeliveryStreamName: string, Limit?: number, ExclusiveStartTagKey?: string) =>
  new ListTagsForDeliveryStreamCommand({ DeliveryStreamName, Limit, ExclusiveStartTagKey });

describe("ListTagsForDeliveryStream: serialization", () => {
  it("refuses a limit that is a text", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","Limit":"1"}').send(list("a")),
      "SerializationException",
      /can not be converted to an Integer/,
    );
  });
});

describe("ListTagsForDeliveryStream: validation", () => {
  it("bounds the limit", async () => {
    await expectRefusal(
      firehoseClient().send(list("a", 51)),
      "ValidationException",
      violations(
        "Value at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
      ),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(list(name)),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("ListTagsForDeliveryStream: behaviour", () => {
  it("lists nothing of a stream without tags", async () => {
    const client = firehoseClient();
    const answer = await client.send(list(await newStream(client)));
    expect(answer).toMatchObject({ Tags: [], HasMoreTags: false });
  });

  it("lists them in the order of their keys, in pages", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      Tags: ["c", "a", "b"].map((Key) => ({ Key, Value: Key })),
    });
    expect(await client.send(list(name, 2))).toMatchObject({
      Tags: [{ Key: "a" }, { Key: "b" }],
      HasMoreTags: true,
    });
    expect(await client.send(list(name, 2, "b"))).toMatchObject({
      Tags: [{ Key: "c", Value: "c" }],
      HasMoreTags: false,
    });
  });
});
