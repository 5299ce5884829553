import {
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  expectRefusal,
  firehoseClient,
  NAME_PATTERN_VIOLATION,
  newStream,
  clientSending,
  uniqueName,
  violations,
} from "./client.ts";

describe("DeleteDeliveryStream: serialization", () => {
  it("refuses a flag that is neither true nor false", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","AllowForceDelete":1}').send(
        new DeleteDeliveryStreamCommand({ DeliveryStreamName: "a" }),
      ),
      "SerializationException",
      /can not be converted to an Boolean/,
    );
  });
});

describe("DeleteDeliveryStream: validation", () => {
  it("refuses a name that no stream can have", async () => {
    await expectRefusal(
      firehoseClient().send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: "a/b" })),
      "ValidationException",
      violations(NAME_PATTERN_VIOLATION),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name })),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("DeleteDeliveryStream: behaviour", () => {
  it("removes the stream for readers and producers", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client);
    const put = new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } });
    await client.send(put);
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    const refused = (call: Promise<unknown>) =>
      expectRefusal(call, "ResourceNotFoundException", / not found\.$/);
    await refused(client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName })));
    await refused(client.send(put));
  });

  it("frees the name", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client);
    const put = new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } });
    await client.send(put);
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    await newStream(client, { DeliveryStreamName });
    expect((await client.send(put)).RecordId).toBeTruthy();
  });
});
