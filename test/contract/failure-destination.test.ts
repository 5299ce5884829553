/** Reports through the embedded SQS and S3: what is reported can be read by whoever looks after failures. */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, expect, inject, test } from "vitest";
import { failureDestination } from "../../src/storage/failure-destination.ts";
import { oneClient } from "../../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../../src/storage/s3/objects.ts";

const settings = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const sqs = new SQSClient({ ...settings, endpoint: inject("sqsEndpoint") });
const s3 = new S3Client({ ...settings, endpoint: inject("s3Endpoint"), forcePathStyle: true });
const destination = failureDestination({ sqs, objects: s3Objects(oneClient(s3)) });
const bucket = inject("deliveryBucket");

afterAll(() => {
  sqs.destroy();
  s3.destroy();
});

const reportOf = (document: string, key = "k") => ({ document, object: { key, body: document } });

test("a queue gets the document", async () => {
  const { QueueUrl: queueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `failures-${Date.now().toString(36)}` }),
  );
  const { Attributes: attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["QueueArn"] }),
  );
  await destination.report(attributes?.["QueueArn"] ?? "", reportOf('{"version":"1.0"}'));
  const { Messages: messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 }),
  );
  expect(messages?.map(({ Body }) => Body)).toEqual(['{"version":"1.0"}']);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
});

test("a queue that is not there is a failure", async () => {
  const arn = "arn:aws:sqs:us-east-1:000000000000:nowhere";
  await expect(destination.report(arn, reportOf("{}"))).rejects.toThrow(QueueDoesNotExist);
});

test("a bucket gets the object, and keeps the first of a name", async () => {
  const key = `aws/lambda/uuid/shardId-000000000000/${Date.now().toString(36)}`;
  const arn = `arn:aws:s3:::${bucket}`;
  await destination.report(arn, reportOf('{"first":true}', key));
  await destination.report(arn, reportOf('{"first":false}', key));
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  expect(await object.Body!.transformToString()).toBe('{"first":true}');
  expect(object.ContentType).toBe("application/json");
});

test("a bucket that is not there is a failure", async () => {
  const arn = "arn:aws:s3:::there-is-no-such-bucket";
  await expect(destination.report(arn, reportOf("{}"))).rejects.toMatchObject({
    name: "NoSuchBucket",
  });
});
