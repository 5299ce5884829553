/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
 *
 * What is refused before the first event is refused as in any other call; later it is an exception in the stream.
 */
import type { SubscribeToShardEvent } from "@aws-sdk/client-kinesis";
import { serviceError } from "../../errors.ts";
import {
  SUBSCRIPTION_CALL_INTERVAL_MS,
  SUBSCRIPTION_COUNTED_MS,
  SUBSCRIPTION_EVENT_MAX_BYTES,
  SUBSCRIPTION_EVENT_MAX_RECORDS,
  SUBSCRIPTION_MAX_DURATION_MS,
  SUBSCRIPTION_PROTECTED_MS,
} from "../../limits.ts";
import { recordBytes } from "../../log/record.ts";
import { randomHex } from "../../random.ts";
import type { RunningSubscription } from "../../streams/store.ts";
import { dataShardKey } from "../../streams/stream.ts";
import { followShard, type SubscriptionEvent } from "../../streams/subscribe.ts";
import { EventStream } from "../../wire/event-stream.ts";
import { operation } from "../../wire/operation.ts";
import { required, string, structure, timestamp } from "../../wire/shape.ts";
import type { DataStreamContext, PushContext } from "../context.ts";
import { answerBytes } from "./answer-size.ts";
import { shardId, streamId } from "./common-shapes.ts";
import { dryRun, endDryRun } from "./dry-run.ts";
import {
  addressedConsumerArn,
  consumerAddress,
  findRegistered,
  requireActiveConsumer,
} from "./find-consumer.ts";
import { type FoundShard, findShard } from "./find-shard.ts";
import { refusedSubscription, SubscriptionMeter } from "./metrics.ts";
import { millisBehind, toWireChild, toWireRecord } from "./read-output.ts";
import { sequenceNumber } from "./record-shapes.ts";
import { STARTING_TYPES, startOf } from "./starting-position.ts";

export const subscribeToShard = operation({
  input: {
    StreamId: streamId,
    ConsumerARN: required(consumerAddress.ConsumerARN),
    ShardId: required(shardId),
    StartingPosition: required(
      structure({
        Type: required(string({ enum: STARTING_TYPES })),
        SequenceNumber: sequenceNumber,
        Timestamp: timestamp(),
      }),
    ),
    DryRun: dryRun,
  },
  resource: addressedConsumerArn,
  async handle(input, context: DataStreamContext) {
    const { ConsumerARN, ShardId, StartingPosition } = input;
    const { accountId, clock, dataStreamCache, push, random } = context;
    if (push === undefined) throw noPushHere();
    const { stream, consumer } = await findRegistered({ ConsumerARN }, context);
    const { name, generation } = stream;
    requireActiveConsumer(consumer, ConsumerARN, context);
    // What is remembered of the stream may be from before the consumer was registered.
    await dataStreamCache.refresh(name);
    const found = await findShard(name, ShardId, context);
    const { Type: type, SequenceNumber: number, Timestamp: time } = StartingPosition;
    const start = await startOf(
      { type, number, time },
      { ...found, action: "SubscribeToShard" },
      context,
    );
    if (input.DryRun) return endDryRun(stream, context);

    const { shard } = found;
    const place = {
      shard: dataShardKey(stream, shard.index),
      consumerId: `${consumer.name}:${consumer.createdAtMs}`,
    };
    const token = randomHex(random, 16);
    const nowMs = clock.now();
    const claimed = await push.subscriptions.claim(place, {
      token,
      nowMs,
      takeOverBeforeMs: nowMs - SUBSCRIPTION_PROTECTED_MS,
      callBeforeMs: nowMs - SUBSCRIPTION_CALL_INTERVAL_MS,
      overByMs: nowMs + 2 * SUBSCRIPTION_MAX_DURATION_MS,
    });
    const subscribed = { stream, consumerName: consumer.name };
    if (claimed === "too-soon") {
      context.measure?.(refusedSubscription(subscribed));
      throw serviceError(
        "LimitExceededException",
        `Rate exceeded for consumer ${consumer.name} at ${ShardId} in stream ${name} under account ${accountId}.`,
      );
    }
    if (claimed === "held") {
      throw inUse(
        `Another active subscription exists for this consumer: ${accountId}:${name}:${ShardId}:${consumer.name}`,
      );
    }
    const running = await enter(push, token, nowMs);
    if (running === "full") {
      // Whoever held the place before sees that it was taken, ends, and makes room for the next attempt.
      await push.subscriptions.release(place, token);
      context.measure?.(refusedSubscription(subscribed));
      throw serviceError(
        "LimitExceededException",
        `Subscriptions at this endpoint are limited to ${push.maxCount} at a time. Try again later, or raise the limit.`,
      );
    }
    const events = followShard(
      {
        ...context,
        subscriptions: push.subscriptions,
        view: () => dataStreamCache.get(name),
        refresh: () => dataStreamCache.refresh(name),
      },
      { generation, consumer, shard, place, token, start, bounds: BOUNDS, signal: push.signal },
    );
    const meter = new SubscriptionMeter(subscribed, shard.index);
    return new EventStream(
      "SubscribeToShardEvent",
      toWireEvents(events, found, meter, context),
      async () => {
        context.measure?.(...meter.metrics());
        await push.subscriptions.release(place, token);
        if (running !== undefined) await push.subscriptions.leave(running);
      },
    );
  },
});

const BOUNDS = {
  recordCount: SUBSCRIPTION_EVENT_MAX_RECORDS,
  byteCount: SUBSCRIPTION_EVENT_MAX_BYTES,
  bytesOf: ({ data, partitionKey = "" }: { data: Uint8Array; partitionKey?: string }) =>
    answerBytes({ Data: data, PartitionKey: partitionKey }),
};

async function enter(
  { subscriptions, maxCount }: PushContext,
  token: string,
  nowMs: number,
): Promise<RunningSubscription | "full" | undefined> {
  if (maxCount === undefined) return undefined;
  const overByMs = nowMs + SUBSCRIPTION_COUNTED_MS;
  return subscriptions.enter({ token, maxCount, nowMs, overByMs });
}

async function* toWireEvents(
  events: AsyncIterable<SubscriptionEvent>,
  { view: { stream }, shard }: FoundShard,
  meter: SubscriptionMeter,
  { accountId, clock }: DataStreamContext,
): AsyncGenerator<Partial<SubscribeToShardEvent>> {
  for await (const event of events) {
    switch (event.kind) {
      case "records":
        meter.sent({
          byteCount: event.page.records.reduce((sum, record) => sum + recordBytes(record), 0),
          recordCount: event.page.records.length,
          behindMs: millisBehind(event.page, clock.now()),
        });
        yield {
          Records: event.page.records.map((record) => toWireRecord(event.view, shard, record)),
          ContinuationSequenceNumber: event.continuation,
          MillisBehindLatest: millisBehind(event.page, clock.now()),
        };
        break;
      case "shard-end":
        // No continuation: that it is missing tells clients, too, that the shard is over.
        yield { Records: [], MillisBehindLatest: 0, ChildShards: event.children.map(toWireChild) };
        break;
      case "taken-over":
        throw inUse("A later subscription of the same consumer to the same shard took its place.");
      case "gone":
        throw serviceError(
          "ResourceNotFoundException",
          `Stream ${stream.name} under account ${accountId}, its shard or the consumer does not exist any more.`,
        );
    }
  }
}

function inUse(message: string) {
  return serviceError("ResourceInUseException", message);
}

function noPushHere() {
  return serviceError(
    "UnsupportedOperationException",
    "SubscribeToShard is not offered at this endpoint, which gathers an answer before it passes it on.",
  );
}
