/** What a laptop's stack keeps of who did what to which stream. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeDeliveryStreamCommand,
  PutRecordCommand,
  TagDeliveryStreamCommand,
} from "@aws-sdk/client-firehose";
import { GetShardIteratorCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { expect, inject, onTestFinished, test } from "vitest";
import { clientOf, createStream, NEVER } from "./delivery/streams.ts";

const apiEndpoint = inject("apiEndpoint");
const stack = {
  apiEndpoint,
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

test("the audit names caller, address, action, stream and outcome, and holds nothing of what was put", async () => {
  const client = clientOf(stack);
  const name = await createStream(stack, client, { BufferingHints: NEVER });
  const DeliveryStreamName = name;
  await client.send(
    new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("top secret") } }),
  );
  await client.send(
    new TagDeliveryStreamCommand({ DeliveryStreamName, Tags: [{ Key: "hidden", Value: "v" }] }),
  );
  const missing = `missing-${name}`;
  await expect(
    client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: missing })),
  ).rejects.toThrow("not found");
  const kinesis = new KinesisClient({
    endpoint: apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  onTestFinished(() => kinesis.destroy());
  const ShardId = "shardId-000000000000";
  await expect(
    kinesis.send(
      new GetShardIteratorCommand({ StreamName: missing, ShardId, ShardIteratorType: "LATEST" }),
    ),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });

  const text = readFileSync(join(inject("stackDataDir"), "logs", "audit.jsonl"), "utf8");
  const lines = text.split("\n").filter((line) => line.includes(name));
  for (const word of ["top secret", Buffer.from("top secret").toString("base64"), "hidden"]) {
    expect(text).not.toContain(word);
  }
  const arn = (stream: string) =>
    `arn:aws:firehose:us-east-1:000000000000:deliverystream/${stream}`;
  const known = {
    event: "audit",
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    accessKeyId: "test",
    sourceIp: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$|^::1$/),
  };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { ...known, action: "firehose:CreateDeliveryStream", resource: arn(name), outcome: "done" },
    { ...known, action: "firehose:TagDeliveryStream", resource: arn(name), outcome: "done" },
    {
      ...known,
      action: "firehose:DescribeDeliveryStream",
      resource: arn(missing),
      outcome: "refused",
      error: "ResourceNotFoundException",
    },
    {
      ...known,
      action: "kinesis:GetShardIterator",
      readsPayloads: true,
      resource: `arn:aws:kinesis:us-east-1:000000000000:stream/${missing}`,
      outcome: "refused",
    },
  ]);
});
