/** The offline stack as benches use it: an SDK client, a stream of the bench's own, and an end to it whatever happens. */
import { CreateDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import { type StackOptions, type StackProcess, startStack } from "../test/helpers/stack-process.ts";

export function firehoseClient(endpoint: string): FirehoseClient {
  return new FirehoseClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
}

export interface StackStream {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly sizeMiB: number;
}

export async function createStream(
  client: FirehoseClient,
  { deliveryBucket }: Pick<StackProcess, "deliveryBucket">,
  { name, intervalSeconds, sizeMiB }: StackStream,
): Promise<void> {
  await client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        RoleARN: "arn:aws:iam::000000000000:role/firehose",
        BucketARN: `arn:aws:s3:::${deliveryBucket}`,
        Prefix: `${name}/`,
        CompressionFormat: "GZIP",
        BufferingHints: { IntervalInSeconds: intervalSeconds, SizeInMBs: sizeMiB },
      },
    }),
  );
}

export async function withStack<T>(
  use: (stack: StackProcess) => Promise<T>,
  options: StackOptions = {},
): Promise<T> {
  const stack = await startStack(options);
  try {
    return await use(stack);
  } finally {
    await stack.stop();
  }
}
