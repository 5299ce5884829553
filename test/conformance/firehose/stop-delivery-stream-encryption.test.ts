import {
  DescribeDeliveryStreamCommand,
  PutRecordCommand,
  StopDeliveryStreamEncryptionCommand,
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

const stop = (DeliveryStreamName: string) =>
  new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName });

describe("StopDeliveryStreamEncryption: serialization", () => {
  it("refuses a name that is no text", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":{}}').send(stop("a")),
      "SerializationException",
      /./,
    );
  });
});

describe("StopDeliveryStreamEncryption: validation", () => {
  it("refuses no name", async () => {
    await expectRefusal(
      clientSending("{}").send(stop("a")),
      "ValidationException",
      violations(notNull("deliveryStreamName")),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(stop(name)),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("StopDeliveryStreamEncryption: behaviour", () => {
  it("ends the encryption of a stream, whose records are taken all along", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
    });
    expect(await client.send(stop(name))).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const encryption = DeliveryStreamDescription?.DeliveryStreamEncryptionConfiguration;
    expect(encryption?.KeyType).toBeUndefined();
    expect(["DISABLING", "DISABLED"]).toContain(encryption?.Status);
    const Record = { Data: Buffer.from("a") };
    const put = await client.send(new PutRecordCommand({ DeliveryStreamName: name, Record }));
    expect(put.RecordId).toMatch(/./);
  });
});
