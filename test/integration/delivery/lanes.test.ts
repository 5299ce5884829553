/**
 * Lanes on the running stack: a load opens them, all that is put into them is delivered once, and they close again. What
 * other producers would put is added to the lanes' counters, and what takes minutes is moved into the past.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, inject, onTestFinished, test } from "vitest";
import { type DeliveryStream, laneKeys } from "../../../src/delivery/delivery-stream.ts";
import { LANE_SPARE_AFTER_MS, STREAM_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";
import { decodeRecordId } from "../../../src/delivery/record-id.ts";
import { dynamodbDeliveryStreams } from "../../../src/storage/dynamodb/delivery-streams.ts";
import { counterKey } from "../../../src/storage/dynamodb/keys.ts";
import { accessLogLines } from "../../helpers/access-log.ts";
import { compareLines, EXACTLY_ONCE, linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { bucketOf, clientOf, createStream } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const BATCH_COUNT = 10;
/** Ever so often somebody seems to have put so much. */
const OTHERS_BYTES = 10_000_000;

/** The stack from within. */
function openStack() {
  const facts = JSON.parse(
    readFileSync(join(inject("stackDataDir"), "stack.json"), "utf8"),
  ) as Readonly<Record<"dynamodbEndpoint" | "lambdaEndpoint", string>> & {
    readonly environment: Readonly<Record<string, string>>;
  };
  const access = {
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const client = new DynamoDBClient({ ...access, endpoint: facts.dynamodbEndpoint });
  const lambda = new LambdaClient({ ...access, endpoint: facts.lambdaEndpoint });
  onTestFinished(() => {
    client.destroy();
    lambda.destroy();
  });
  const { HYDRANT_STATE_TABLE: stateTable = "" } = facts.environment;
  const deliveryStreams = dynamodbDeliveryStreams({ client, stateTable });
  const standing = async (name: string) => (await deliveryStreams.get(name))!;
  return {
    standing,
    async othersPut(stream: DeliveryStream) {
      for (const lane of laneKeys(stream)) {
        await client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: counterKey(lane),
            UpdateExpression: "ADD bytes :bytes",
            ExpressionAttributeValues: { ":bytes": { N: String(OTHERS_BYTES) } },
          }),
        );
      }
    },
    /** What was noted of the lanes was noted some minutes earlier. */
    async age(name: string) {
      const before = await standing(name);
      const { seen, closing, changedAtMs, ...rest } = before.lanes!;
      const agedMs = LANE_SPARE_AFTER_MS + STREAM_CACHE_MAX_AGE_MS;
      const lanes = {
        ...rest,
        changedAtMs: changedAtMs - agedMs,
        ...(seen && { seen: { ...seen, atMs: seen.atMs - agedMs } }),
        ...(closing && {
          closing: closing.map(({ lane, sinceMs }) => ({ lane, sinceMs: sinceMs - agedMs })),
        }),
      };
      await deliveryStreams.update(before, { ...before, lanes });
    },
    async sweep() {
      const FunctionName = "hydrant-dev-sweep";
      const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
      expect(FunctionError).toBeUndefined();
    },
  };
}

test("a load opens lanes, each record is delivered once, and one lane is left when it is over", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const within = openStack();
  const name = await createStream(stack, client);
  const sent: string[] = [];
  const lines = accessLogLines(61, 10_000);
  const lanesSeen = new Set<number>();
  async function put(): Promise<void> {
    const batch = lines.slice(sent.length, sent.length + BATCH_COUNT);
    const { RequestResponses = [], FailedPutCount } = await client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: name,
        Records: batch.map((line) => ({ Data: Buffer.from(line) })),
      }),
    );
    expect(FailedPutCount).toBe(0);
    sent.push(...batch);
    lanesSeen.add(decodeRecordId(name, RequestResponses[0]!.RecordId!)!.lane);
  }

  await eventually("records go into several lanes", async () => {
    await put();
    await within.othersPut(await within.standing(name));
    return lanesSeen.size > 1 ? true : undefined;
  });
  const { open, next } = (await within.standing(name)).lanes!;
  expect(open.length).toBe(next);
  for (let call = 0; call < 40; call++) await put();
  expect(lanesSeen.size).toBeGreaterThan(1);

  await eventually("one lane is left", async () => {
    await put();
    await within.age(name);
    await within.sweep();
    const { lanes } = await within.standing(name);
    return lanes!.open.length === 1 && lanes!.closing === undefined ? true : undefined;
  });
  await put();
  const all = await eventually("everything is delivered", async () => {
    const objects = linesOf(await delivered.objects(`${name}/`));
    return objects.length >= sent.length ? objects : undefined;
  });
  expect(compareLines(sent, all)).toEqual(EXACTLY_ONCE);
}, 180_000);
