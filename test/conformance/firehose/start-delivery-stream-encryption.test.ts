import {
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  PutRecordCommand,
  StartDeliveryStreamEncryptionCommand,
  type StartDeliveryStreamEncryptionCommandInput,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  clientSending,
  expectRefusal,
  firehoseClient,
  newStream,
  NAME_PATTERN_VIOLATION,
  notNull,
  uniqueName,
  violations,
} from "./client.ts";
import { REGION, STREAM_KEY } from "../target.ts";

type Input =
  StartDeliveryStreamEncryptionCommandInput["DeliveryStreamEncryptionConfigurationInput"];

const start = (DeliveryStreamName: string, input?: Input) =>
  new StartDeliveryStreamEncryptionCommand({
    DeliveryStreamName,
    DeliveryStreamEncryptionConfigurationInput: input,
  });

async function encryptionOf(client: FirehoseClient, DeliveryStreamName: string) {
  const { DeliveryStreamDescription } = await client.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
  );
  return DeliveryStreamDescription?.DeliveryStreamEncryptionConfiguration;
}

describe("StartDeliveryStreamEncryption: serialization", () => {
  it("refuses a configuration that is no structure", async () => {
    await expectRefusal(
      clientSending(
        '{"DeliveryStreamName":"a","DeliveryStreamEncryptionConfigurationInput":"k"}',
      ).send(start("a")),
      "SerializationException",
      /./,
    );
  });
});

describe("StartDeliveryStreamEncryption: validation", () => {
  it.each([
    ["a name with a space", "a b", undefined, NAME_PATTERN_VIOLATION],
    [
      "a configuration without its type",
      "a",
      { KeyType: undefined },
      notNull("deliveryStreamEncryptionConfigurationInput.keyType"),
    ],
    [
      "another type of key",
      "a",
      { KeyType: "MINE" as "AWS_OWNED_CMK" },
      "Value at 'deliveryStreamEncryptionConfigurationInput.keyType' failed to satisfy constraint: Member must satisfy enum value set: [AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK]",
    ],
  ])("refuses %s", async (_, name, input, violation) => {
    await expectRefusal(
      firehoseClient().send(start(name, input)),
      "ValidationException",
      violations(violation),
    );
  });

  it("refuses an ARN that is no key's", async () => {
    await expectRefusal(
      firehoseClient().send(
        start("a", { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: "arn:aws:s3:::bucket" }),
      ),
      "ValidationException",
      /^1 validation error detected: Value at 'deliveryStreamEncryptionConfigurationInput\.keyARN' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    );
  });

  it.each<readonly [NonNullable<Input>, string]>([
    [
      { KeyType: "CUSTOMER_MANAGED_CMK" },
      "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK",
    ],
    [
      { KeyType: "AWS_OWNED_CMK", KeyARN: STREAM_KEY },
      "KeyARN cannot be specified when KeyType is AWS_OWNED_CMK",
    ],
    [
      { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: STREAM_KEY.replace(REGION, "af-south-1") },
      "Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose",
    ],
  ])("refuses %j", async (input, message) => {
    const client = firehoseClient();
    const name = await newStream(client);
    await expectRefusal(client.send(start(name, input)), "InvalidArgumentException", message);
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(start(name)),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("StartDeliveryStreamEncryption: behaviour", () => {
  it("begins to encrypt with a key of the service's own", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    expect(await encryptionOf(client, name)).toEqual({ Status: "DISABLED" });
    expect(await client.send(start(name))).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    const encryption = await encryptionOf(client, name);
    expect(encryption?.KeyType).toBe("AWS_OWNED_CMK");
    expect(["ENABLING", "ENABLED"]).toContain(encryption?.Status);
  });

  it("changes to a customer's key, which a stream may have from its creation on", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
    });
    expect(await encryptionOf(client, name)).toEqual({
      Status: "ENABLED",
      KeyType: "AWS_OWNED_CMK",
    });
    const Record = { Data: Buffer.from("a") };
    const put = await client.send(new PutRecordCommand({ DeliveryStreamName: name, Record }));
    expect(put.Encrypted).toBe(true);
    await client.send(start(name, { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: STREAM_KEY }));
    expect(await encryptionOf(client, name)).toMatchObject({
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: STREAM_KEY,
    });
  });

  it("is refused after 25 starts within a day", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    for (let i = 0; i < 25; i++) await client.send(start(name));
    await expectRefusal(client.send(start(name)), "LimitExceededException", /25 times/);
  });
});
