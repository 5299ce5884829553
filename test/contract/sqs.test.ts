/** Wake-ups through the embedded SQS: what the doorbell sends is what the deliver function reads. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, expect, inject, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import { MESSAGE_HIDDEN_SECONDS } from "../../src/limits.ts";
import { parseMappingMessage, sqsMappingQueue } from "../../src/storage/sqs/mapping-queue.ts";
import { parseRing, sqsRingQueue } from "../../src/storage/sqs/ring-queue.ts";
import { sqsHideMessages } from "../../src/storage/sqs/visibility.ts";
import { parseWakeUp, sqsWakeQueue } from "../../src/storage/sqs/wake-queue.ts";

const client = new SQSClient({
  endpoint: inject("sqsEndpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const wakeUp = {
  shard: "firehose/access-logs/0123456789abcdef/0000" as ShardKey,
  readerId: "delivery",
  blockIndex: 2 ** 47 - 1,
};
let queueUrl: string;

beforeEach(async () => {
  const name = `wake-ups-${Date.now().toString(36)}`;
  const created = await client.send(new CreateQueueCommand({ QueueName: name }));
  queueUrl = created.QueueUrl ?? "";
  return async () => {
    await client.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
  };
});
afterAll(() => client.destroy());

async function receive(waitSeconds: number): Promise<Message | undefined> {
  const { Messages: messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    }),
  );
  return messages[0];
}

test("a wake-up comes out as it went in, once", async () => {
  await sqsWakeQueue({ client, queueUrl }).send(wakeUp, 0);
  const message = await receive(5);
  expect(parseWakeUp(message?.Body ?? "")).toEqual(wakeUp);
  await client.send(
    new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle }),
  );
  expect(await receive(0)).toBeUndefined();
});

test("a timer is not seen before its time", async () => {
  await sqsWakeQueue({ client, queueUrl }).send(wakeUp, 900);
  expect(await receive(0)).toBeUndefined();
  const { Attributes: attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ["ApproximateNumberOfMessagesDelayed"],
    }),
  );
  expect(attributes?.["ApproximateNumberOfMessagesDelayed"]).toBe("1");
});

test("a wake-up that is handed back is seen again, and counted", async () => {
  await sqsWakeQueue({ client, queueUrl }).send(wakeUp, 0);
  const first = await receive(5);
  expect(await receive(0)).toBeUndefined();
  await sqsHideMessages(client, queueUrl)(first?.ReceiptHandle ?? "")(0);
  const again = await receive(5);
  expect(parseWakeUp(again?.Body ?? "")).toEqual(wakeUp);
  expect(again?.Attributes?.["ApproximateReceiveCount"]).toBe("2");
});

test("a message is hidden anew while its worker lives, and shows when that is over", async () => {
  await sqsWakeQueue({ client, queueUrl }).send(wakeUp, 0);
  const message = await receive(5);
  const hide = sqsHideMessages(client, queueUrl)(message?.ReceiptHandle ?? "");
  await hide(MESSAGE_HIDDEN_SECONDS);
  expect(await receive(0)).toBeUndefined();
  await hide(1);
  expect(parseWakeUp((await receive(5))?.Body ?? "")).toEqual(wakeUp);
});

test("a doorbell that failed comes out as it went in, a moment later", async () => {
  const ring = { shard: wakeUp.shard, openedAtMs: 1_800_000_000_000 };
  await sqsRingQueue({ client, queueUrl }).send(ring);
  expect(await receive(0)).toBeUndefined();
  expect(parseRing((await receive(5))?.Body ?? "")).toEqual(ring);
  expect(() => parseRing(JSON.stringify(wakeUp))).toThrow("expected shard and openedAtMs");
});

test("a message of somebody else is refused", () => {
  expect(() => parseWakeUp('{"shard":"s"}')).toThrow("expected shard, readerId and blockIndex");
});

test("a change of a mapping comes out as it went in, and is told from a wake-up", async () => {
  await sqsMappingQueue({ client, queueUrl }).send("8f0b9ba2-4d2d-4a3c-a3b0-4d43a5a1f9d1");
  const message = await receive(5);
  expect(parseMappingMessage(message?.Body ?? "")).toBe("8f0b9ba2-4d2d-4a3c-a3b0-4d43a5a1f9d1");
  expect(parseMappingMessage(JSON.stringify(wakeUp))).toBeUndefined();
  expect(() => parseWakeUp(message?.Body ?? "")).toThrow("expected shard");
});
