/** Where an owner who asked for it reads on a laptop why a delivery failed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { clientOf, createStream, put } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

test("the errors of a stream with CloudWatchLoggingOptions stand in the file of the data folder", async () => {
  const client = clientOf(stack);
  const name = await createStream(stack, client, {
    BucketARN: "arn:aws:s3:::nobody-made-this-bucket",
    CloudWatchLoggingOptions: {
      Enabled: true,
      LogGroupName: "/aws/kinesisfirehose/logged",
      LogStreamName: "S3Delivery",
    },
  });
  await put(client, name, "secret\n");
  const file = join(inject("stackDataDir"), "logs", "delivery-errors.jsonl");
  const line = await eventually("the error is told", () =>
    Promise.resolve(
      readFileSync(file, "utf8")
        .split("\n")
        .find((text) => text.includes(name)),
    ),
  );
  expect(JSON.parse(line)).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    logGroupName: "/aws/kinesisfirehose/logged",
    logStreamName: "S3Delivery",
    message: {
      deliveryStreamARN: `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`,
      destination: "arn:aws:s3:::nobody-made-this-bucket",
      deliveryStreamVersionId: 1,
      message:
        "The specified bucket does not exist. Create the bucket or use a different bucket that does exist.",
      errorCode: "S3.NoSuchBucket",
    },
  });
});
