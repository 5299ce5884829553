/** Delivery streams into the stack's own bucket, and putting lines into them. */
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  FirehoseClient,
  type ExtendedS3DestinationConfiguration,
  type Processor,
  PutRecordBatchCommand,
  PutRecordCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-firehose";
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { type Delivered, type DeliveredObject, openDelivered } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";

export interface StackUnderTest {
  readonly apiEndpoint: string;
  readonly s3Endpoint: string;
  readonly deliveryBucket: string;
}

export const ROLE_ARN = "arn:aws:iam::000000000000:role/firehose";
const BATCH_MAX_COUNT = 500;

/** The hints of streams whose deliveries a test waits for. */
export const SOON = { SizeInMBs: 1, IntervalInSeconds: 1 };
export const NEVER = { SizeInMBs: 128, IntervalInSeconds: 900 };

export function clientOf(
  stack: StackUnderTest,
  changes: ConstructorParameters<typeof FirehoseClient>[0] = {},
): FirehoseClient {
  const client = new FirehoseClient({
    endpoint: stack.apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    ...changes,
  });
  onTestFinished(() => client.destroy());
  return client;
}

export function bucketOf(stack: StackUnderTest): Delivered {
  const delivered = openDelivered(stack.s3Endpoint, stack.deliveryBucket);
  onTestFinished(() => delivered.close());
  return delivered;
}

export const bucketArn = ({ deliveryBucket }: StackUnderTest) => `arn:aws:s3:::${deliveryBucket}`;

/** Creates a stream that writes under `<name>/` and is deleted when the test ends; answers its name. */
export async function createStream(
  stack: StackUnderTest,
  client: FirehoseClient,
  members: Partial<ExtendedS3DestinationConfiguration> = {},
  name = `delivery-${randomUUID()}`,
): Promise<string> {
  await client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: bucketArn(stack),
        Prefix: `${name}/`,
        BufferingHints: SOON,
        ...members,
      },
    }),
  );
  onTestFinished(async () => {
    try {
      await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  });
  return name;
}

/** The Lambda processor that calls one of `test/fixtures/functions`. */
export function transformBy(functionName: string, retries = 0): Processor {
  return {
    Type: "Lambda",
    Parameters: [
      {
        ParameterName: "LambdaArn",
        ParameterValue: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
      },
      { ParameterName: "NumberOfRetries", ParameterValue: String(retries) },
    ],
  };
}

export async function put(
  client: FirehoseClient,
  name: string,
  data: string | Uint8Array,
): Promise<void> {
  const Record = { Data: Buffer.from(data) };
  await client.send(new PutRecordCommand({ DeliveryStreamName: name, Record }));
}

/** In batches of `batchCount`, one after the other. */
export async function putAll(
  client: FirehoseClient,
  name: string,
  lines: readonly (string | Uint8Array)[],
  batchCount = BATCH_MAX_COUNT,
): Promise<void> {
  for (let start = 0; start < lines.length; start += batchCount) {
    await putBatch(client, name, lines.slice(start, start + batchCount));
  }
}

export async function putBatch(
  client: FirehoseClient,
  name: string,
  lines: readonly (string | Uint8Array)[],
): Promise<void> {
  const Records = lines.map((line) => ({ Data: Buffer.from(line) }));
  const command = new PutRecordBatchCommand({ DeliveryStreamName: name, Records });
  const { FailedPutCount } = await client.send(command);
  if (FailedPutCount !== 0) throw new Error(`${FailedPutCount} records were throttled`);
}

export interface DrainOptions {
  /** `<name>/` unless given. */
  readonly prefix?: string;
  readonly deadlineMs?: number;
}

/**
 * Puts a last line and waits until it is delivered under `prefix`: a lane is delivered in order, so all that
 * was stored before stands by then. Answers everything under the prefix, without that line.
 */
export async function drained(
  client: FirehoseClient,
  delivered: Delivered,
  name: string,
  { prefix = `${name}/`, deadlineMs }: DrainOptions = {},
): Promise<readonly DeliveredObject[]> {
  const last = `last ${randomUUID()}\n`;
  await put(client, name, last);
  const probe = async () => {
    const objects = await delivered.objects(prefix);
    return objects.some(({ body }) => body.includes(last))
      ? objects.map((object) => ({ ...object, body: without(object.body, last) }))
      : undefined;
  };
  return eventually(`the last line of ${name} is delivered`, probe, deadlineMs);
}

function without(body: Buffer, line: string): Buffer {
  const at = body.indexOf(line);
  if (at === -1) return body;
  return Buffer.concat([body.subarray(0, at), body.subarray(at + line.length)]);
}
