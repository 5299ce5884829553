/** Where the records of a call are that went into a data stream, which a delivery stream reads. */
import { expect, test } from "vitest";
import { callId } from "../../../../src/log/retry.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import { kinesisService } from "../../../../src/operations/kinesis/index.ts";
import { createRequest } from "../firehose/harness.ts";
import { caller } from "../kinesis/harness.ts";
import { harness, STREAM_ARN } from "./harness.ts";

const NAME = "archive";

test("by the invocation id its records are found in all shards, with their sequence numbers", async () => {
  const { context, call } = await harness();
  const source = { KinesisStreamARN: STREAM_ARN, RoleARN: "arn:aws:iam::123456789012:role/r" };
  await caller(firehoseService, context)(
    "CreateDeliveryStream",
    createRequest(
      {},
      {
        DeliveryStreamName: NAME,
        DeliveryStreamType: "KinesisStreamAsSource",
        KinesisStreamSourceConfiguration: source,
      },
    ),
  );
  const put = (invocationId: string, keys: readonly string[]) =>
    caller(kinesisService, context)(
      "PutRecords",
      {
        StreamName: "clicks",
        Records: keys.map((PartitionKey) => ({ PartitionKey, Data: "eA==" })),
      },
      {
        producerRequest: {
          callId: callId({ accessKeyId: "a", target: "t", invocationId, payloadSha256: "p" }),
          attempt: 1,
        },
      },
    );
  await put("another", ["a"]);
  // `a` lies in the first of two shards, `partitionKey-1` in the first as well, `b` in the second.
  const { value } = await put("this", ["a", "b", "partitionKey-1"]);
  const stored = value.Records as readonly { readonly SequenceNumber: string }[];
  const located = await call("LocateRecord", { DeliveryStreamName: NAME, RequestId: "this" });
  expect(located.value).toMatchObject({
    RecordCount: 3,
    RefusedRecords: [],
    Records: stored.map(({ SequenceNumber }, RecordIndex) => ({
      RecordIndex,
      RecordId: SequenceNumber,
      Locations: [{ Kind: "delivery" }],
    })),
  });
  const { error } = await call("LocateRecord", { DeliveryStreamName: NAME, RequestId: "none" });
  expect(error?.message).toBe(
    "RequestId is not the invocation id of a call that put records into clicks within the last hour",
  );
});
