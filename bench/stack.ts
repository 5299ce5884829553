/** The offline stack as benches use it: an SDK client, a stream of the bench's own, and an end to it whatever happens. */
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  FirehoseClient,
} from "@aws-sdk/client-firehose";
import { openDelivered } from "../test/helpers/delivered.ts";
import { type StackOptions, type StackProcess, startStack } from "../test/helpers/stack-process.ts";
import { readTarget } from "../test/helpers/target.ts";

export function firehoseClient(endpoint: string): FirehoseClient {
  const { region, key } = readTarget(process.env);
  return new FirehoseClient({ endpoint, region, credentials: key });
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
        RoleARN: `arn:aws:iam::${readTarget(process.env).accountId}:role/firehose`,
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

/** What a bench needs of a stack that it does not start, stop or look into. */
export type Endpoints = Pick<StackProcess, "apiEndpoint" | "s3Endpoint" | "deliveryBucket">;

/** The stack that `HYDRANT_ENDPOINT` names (docs/against-aws.md), or a local one of the bench's own. */
export function withEndpoints<T>(use: (endpoints: Endpoints) => Promise<T>): Promise<T> {
  const { endpoint: apiEndpoint, s3Endpoint, deliveryBucket } = readTarget(process.env);
  return apiEndpoint === undefined
    ? withStack(use)
    : use({ apiEndpoint, s3Endpoint, deliveryBucket });
}

/** With all that it delivered: on a stack that stays. */
export async function removeStream(
  client: FirehoseClient,
  { s3Endpoint, deliveryBucket }: Endpoints,
  name: string,
): Promise<void> {
  await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
  const delivered = openDelivered(s3Endpoint, deliveryBucket);
  await delivered.remove(`${name}/`);
  delivered.close();
}
