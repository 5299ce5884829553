/** One record among many that no function can handle. */
import { expect, inject, it } from "vitest";
import { kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { newFailureQueue } from "../../helpers/failure-queue.ts";
import { textsOf } from "../../helpers/journal.ts";
import type { KeyedNumber } from "../../helpers/key-order.ts";
import { keyedProducer, untilAllHandled } from "./keyed-producer.ts";
import { feed, telling } from "./mappings.ts";

it("gives up exactly the poison in the midst of 10,000 records, and handles all others in order", async () => {
  const client = kinesisClient();
  const name = await newStream(client, { ShardCount: 10 });
  const queue = await newFailureQueue(inject("sqsEndpoint"));
  const { journal } = await feed(name, {
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: queue.arn } },
  });
  const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
  const isPoison = ({ key, n }: KeyedNumber) => key === "key-50" && n === 50;
  const producer = keyedProducer(client, name, keys, (record) =>
    isPoison(record) ? { does: "throw" } : {},
  );
  await producer.produce(100);
  const order = await untilAllHandled(journal, producer, isPoison);
  expect(order).toEqual({ problems: [], handled: producer.numbers, repeatedCount: 0 });

  const poison = telling(50, { does: "throw" });
  const lines = journal.lines();
  const aloneWith = lines.flatMap((line) =>
    line.kind === "begun" && line.event.Records.length === 1 && textsOf(line.event)[0] === poison
      ? line.event.Records
      : [],
  );
  expect(aloneWith).toHaveLength(3);
  const { sequenceNumber } = aloneWith[0]!.kinesis;
  expect(await queue.next()).toMatchObject({
    requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 3 },
    KinesisBatchInfo: {
      batchSize: 1,
      startSequenceNumber: sequenceNumber,
      endSequenceNumber: sequenceNumber,
    },
  });
  expect(await queue.rest()).toEqual([]);
});
