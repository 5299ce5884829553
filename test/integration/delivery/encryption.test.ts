/**
 * An encrypted stream, seen from below: nothing that stands in the log's table or bucket shows a record, a killed stack delivers what it
 * had sealed, and a key that cannot be used holds the records back, and the producers, until it can.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import {
  CreateDeliveryStreamCommand,
  type DeliveryStreamEncryptionConfigurationInput,
  DescribeDeliveryStreamCommand,
  PutRecordBatchCommand,
  StopDeliveryStreamEncryptionCommand,
} from "@aws-sdk/client-firehose";
import { afterAll, expect, it } from "vitest";
import { linesOf, openDelivered } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startStack, type StackProcess } from "../../helpers/stack-process.ts";
import { bucketArn, clientOf, NEVER, ROLE_ARN, SOON } from "./streams.ts";

const KEY = "arn:aws:kms:us-east-1:000000000000:key/customer";
const SECRET = "swordfish";
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

const ended: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ended) await end();
});

/** Beyond what a block's item holds; its text does not compress. */
function large(): string {
  const digits = Array.from({ length: 30_000 }, () => Math.floor(Math.random() * 16).toString(16));
  return `${SECRET} ${digits.join("")}\n`;
}

async function create(
  stack: StackProcess,
  name: string,
  hints: typeof SOON,
  DeliveryStreamEncryptionConfigurationInput?: DeliveryStreamEncryptionConfigurationInput,
) {
  await clientOf(stack).send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ...(DeliveryStreamEncryptionConfigurationInput && {
        DeliveryStreamEncryptionConfigurationInput,
      }),
      ExtendedS3DestinationConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: bucketArn(stack),
        Prefix: `${name}/`,
        BufferingHints: hints,
      },
    }),
  );
}

async function putLines(stack: StackProcess, name: string, lines: readonly string[]) {
  const Records = lines.map((line) => ({ Data: Buffer.from(line) }));
  return clientOf(stack, { maxAttempts: 1 }).send(
    new PutRecordBatchCommand({ DeliveryStreamName: name, Records }),
  );
}

/** Everything in the log's table and its bucket, as bytes. */
async function atRest(stack: StackProcess): Promise<Buffer> {
  const { environment } = JSON.parse(readFileSync(join(stack.dataDir, "stack.json"), "utf8"));
  const client = new DynamoDBClient({
    endpoint: stack.dynamodbEndpoint,
    region: "us-east-1",
    credentials: CREDENTIALS,
  });
  const found: Uint8Array[] = [];
  for await (const page of paginateScan({ client }, { TableName: environment.HYDRANT_LOG_TABLE })) {
    for (const item of page.Items ?? []) {
      for (const { B, S } of Object.values(item)) found.push(B ?? Buffer.from(S ?? ""));
    }
  }
  client.destroy();
  const bucket = openDelivered(stack.s3Endpoint, environment.HYDRANT_LOG_BUCKET);
  for await (const { body } of bucket.each("")) found.push(body);
  bucket.close();
  return Buffer.concat(found);
}

async function delivered(stack: StackProcess, name: string, count: number) {
  const bucket = openDelivered(stack.s3Endpoint, stack.deliveryBucket);
  try {
    return await eventually(`${count} lines of ${name} are delivered`, async () => {
      const lines = linesOf(await bucket.objects(`${name}/`));
      return lines.length >= count ? lines : undefined;
    });
  } finally {
    bucket.close();
  }
}

it("shows no record at rest, and is delivered whole after a kill, with and without the key", async () => {
  let stack = await startStack();
  const { dataDir, ports } = stack;
  ended.push(
    () => stack.stop(),
    () => rmSync(dataDir, { recursive: true, force: true }),
  );
  // What is not encrypted is found by the same search.
  await create(stack, "clear", NEVER);
  expect(await putLines(stack, "clear", ["plaintuna\n"])).toMatchObject({ Encrypted: false });
  await create(stack, "own", NEVER, { KeyType: "AWS_OWNED_CMK" });
  await create(stack, "customer", SOON, { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: KEY });
  const lines = [`${SECRET} 1\n`, large(), `${SECRET} 3\n`];
  for (const name of ["own", "customer"]) {
    for (const line of lines) {
      expect(await putLines(stack, name, [line])).toMatchObject({ Encrypted: true });
    }
  }
  const stored = await atRest(stack);
  expect(stored.includes("plaintuna")).toBe(true);
  expect(stored.includes(SECRET)).toBe(false);
  // Of the large record's text, too, which is compressed where it is not sealed.
  expect(stored.length).toBeGreaterThan(30_000);
  expect((await delivered(stack, "customer", 3)).toSorted()).toEqual(lines.toSorted());

  await putLines(stack, "customer", [`${SECRET} 4\n`]);
  await stack.kill9();
  writeFileSync(join(dataDir, "kms-keys.json"), JSON.stringify({ [KEY]: "DisabledException" }));
  stack = await startStack({ dataDir, ports });
  await expect(putLines(stack, "customer", ["refused\n"])).rejects.toMatchObject({
    name: "InvalidKMSResourceException",
    code: "DisabledException",
    message: `${KEY} is said to be so in kms-keys.json`,
  });
  // What waits under that key could not be delivered without it, so a stop changes nothing but says so.
  const client = clientOf(stack);
  await client.send(new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName: "customer" }));
  const { DeliveryStreamDescription } = await client.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: "customer" }),
  );
  expect(DeliveryStreamDescription?.DeliveryStreamEncryptionConfiguration).toMatchObject({
    Status: "DISABLING_FAILED",
    FailureDescription: { Type: "DISABLED_KMS_KEY" },
  });
  rmSync(join(dataDir, "kms-keys.json"));
  await eventually("records are taken again, encrypted", () =>
    putLines(stack, "customer", [`${SECRET} 5\n`]).then(
      ({ Encrypted }) => Encrypted === true || undefined,
    ),
  );
  const all = await delivered(stack, "customer", 5);
  expect(all.filter((line) => line.startsWith(SECRET)).toSorted()).toEqual(
    [...lines, `${SECRET} 4\n`, `${SECRET} 5\n`].toSorted(),
  );
}, 120_000);
