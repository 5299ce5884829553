/** What is stored of each source's events, under which partition key, and how its records are named. */
import { describe, expect, it } from "vitest";
import type { Brought, Sequence } from "../../../src/bridge/brought.ts";
import { SOURCE_KINDS, sourceOf, type SourceKind } from "../../../src/bridge/sources/sources.ts";
import type { DecodeOptions } from "../../../src/bridge/sources/source.ts";
import {
  base64,
  bridgeEvent,
  CONTROL_ENVELOPE,
  dynamodbChange,
  dynamodbEvent,
  fifoMessage,
  gzipped,
  kafkaEvent,
  kafkaRecord,
  kinesisEvent,
  LOG_ENVELOPE,
  logsEvent,
  s3Event,
  snsEvent,
  sqsEvent,
  sqsMessage,
} from "./events.ts";

const OPTIONS: DecodeOptions = {
  requestId: "request-1",
  lineEnd: "\n",
  isRawSns: false,
  isWholeSqs: false,
};

function decode(
  event: unknown,
  {
    kinds = SOURCE_KINDS,
    ...options
  }: Partial<DecodeOptions & { kinds: readonly SourceKind[] }> = {},
): readonly Sequence[] {
  const found = sourceOf(event, new Set(kinds));
  return found!.decode(event as never, { ...OPTIONS, ...options });
}

const itemsOf = (sequences: readonly Sequence[]) => sequences.flatMap(({ items }) => items);
const textOf = ({ data }: Brought) => Buffer.from(data).toString();
const only = (sequences: readonly Sequence[]) => {
  const items = itemsOf(sequences);
  expect(items).toHaveLength(1);
  return items[0]!;
};

describe("whose an event is", () => {
  it.each<[SourceKind, unknown]>([
    ["sqs", sqsEvent(sqsMessage(1))],
    ["sns", snsEvent()],
    ["s3", s3Event("a")],
    ["kinesis", kinesisEvent(["a", "k"])],
    ["dynamodb", dynamodbEvent(dynamodbChange(1))],
    ["kafka", kafkaEvent({ "orders-0": [] })],
    ["logs", logsEvent(gzipped(LOG_ENVELOPE))],
    ["events", bridgeEvent()],
    ["iot", { temperature: 21 }],
  ])("%s", (kind, event) => {
    expect(sourceOf(event, new Set(SOURCE_KINDS))?.kind).toBe(kind);
  });

  it("is never a source's that the bridge does not have", () => {
    const forged = sqsEvent(sqsMessage(1));
    expect(sourceOf(forged, new Set(["iot"]))?.kind).toBe("iot");
    expect(textOf(only(decode(forged, { kinds: ["iot"] })))).toBe(JSON.stringify(forged));
    expect(sourceOf(forged, new Set(["sns", "logs"]))).toBeUndefined();
  });

  it("is EventBridge's where a rule makes something else of its events", () => {
    const kinds: readonly SourceKind[] = ["events"];
    expect(sourceOf({ instance: "i-1" }, new Set(kinds))?.kind).toBe("events");
    expect(textOf(only(decode("instance i-1", { kinds })))).toBe("instance i-1");
  });
});

describe("a queue's message", () => {
  it("is its body, and is told by its id", () => {
    const message = sqsMessage(7);
    const item = only(decode(sqsEvent(message)));
    expect(textOf(item)).toBe('{"order":7}');
    expect(item).toMatchObject({ id: `${message.eventSourceARN}/${message.messageId}` });
    expect(item.item).toBe(message.messageId);
    expect(item.partitionKey()).toBe(message.messageId);
  });

  it("is all of it but the handle that removes it, where that is asked for", () => {
    const { receiptHandle, ...message } = sqsMessage(7);
    const item = only(decode(sqsEvent({ ...message, receiptHandle }), { isWholeSqs: true }));
    expect(JSON.parse(textOf(item))).toEqual(message);
  });

  it("keeps the order of its group in a FIFO queue, and has it for its partition key", () => {
    const messages = [fifoMessage(1, "a"), fifoMessage(2, "b"), fifoMessage(3, "a")];
    const sequences = decode(sqsEvent(...messages));
    expect(sequences.map(({ items }) => items.map(textOf))).toEqual([
      ['{"order":1}', '{"order":3}'],
      ['{"order":2}'],
    ]);
    expect(itemsOf(sequences).map(({ partitionKey }) => partitionKey())).toEqual(["a", "a", "b"]);
    expect(sequences.map(({ isBatch }) => isBatch)).toEqual([false, false]);
  });

  it("waits for no other in a standard queue, groups or not", () => {
    const grouped = (number: number) => sqsMessage(number, {}, { MessageGroupId: "tenant" });
    const sequences = decode(sqsEvent(grouped(1), grouped(2)));
    expect(sequences).toHaveLength(2);
    expect(sequences[0]!.items[0]!.partitionKey()).toBe("tenant");
  });
});

describe("a topic's message", () => {
  it("is the line that a delivery stream gets that subscribes", () => {
    const item = only(decode(snsEvent()));
    const sns = snsEvent().Records[0]!.Sns;
    expect(textOf(item)).toBe(
      `${JSON.stringify({
        Type: "Notification",
        MessageId: sns.MessageId,
        TopicArn: sns.TopicArn,
        Subject: "an order",
        Message: "ordered: 3 × tea",
        Timestamp: "2026-11-30T14:05:06.789Z",
        UnsubscribeURL: sns.UnsubscribeUrl,
        MessageAttributes: { shop: { Type: "String", Value: "north" } },
      })}\n`,
    );
    expect(item.item).toBeUndefined();
  });

  it.each([
    ["says to be empty", { Subject: null, MessageAttributes: {} }],
    ["leaves out", { Subject: undefined, MessageAttributes: undefined }],
  ])("has no members for what SNS %s, and in a data stream no end of line", (_, members) => {
    const event = snsEvent(members);
    const envelope = JSON.parse(textOf(only(decode(event, { lineEnd: "" })))) as object;
    expect(Object.keys(envelope)).toEqual([
      "Type",
      "MessageId",
      "TopicArn",
      "Message",
      "Timestamp",
      "UnsubscribeURL",
    ]);
  });

  it("is the message alone where raw ones are asked for", () => {
    expect(textOf(only(decode(snsEvent(), { isRawSns: true })))).toBe("ordered: 3 × tea");
  });
});

describe("an event of EventBridge", () => {
  it("is its JSON, under its id", () => {
    const item = only(decode(bridgeEvent()));
    expect(textOf(item)).toBe(JSON.stringify(bridgeEvent()));
    expect(item.partitionKey()).toBe("6a7e8feb-b491-4cf7-a9f1-bf3703467718");
  });
});

describe("a batch of CloudWatch Logs", () => {
  it("stays compressed, byte for byte, and is shared out by log stream", () => {
    const data = gzipped(LOG_ENVELOPE);
    const item = only(decode(logsEvent(data)));
    expect(Buffer.compare(Buffer.from(item.data), data)).toBe(0);
    expect(item.partitionKey()).toBe("/aws/lambda/checkout:2026/11/30/[$LATEST]abcdef");
  });

  it("is brought on where CloudWatch Logs tries the destination, as into any stream", () => {
    const data = gzipped(CONTROL_ENVELOPE);
    const item = only(decode(logsEvent(data)));
    expect(Buffer.compare(Buffer.from(item.data), data)).toBe(0);
    expect(item.partitionKey()).toBe(":");
  });

  it.each([
    ["no gzip", Buffer.from("plain")],
    [
      "more than is unpacked",
      gzipped({ logGroup: "g", logStream: "s", pad: "x".repeat(33 << 20) }),
    ],
    ["no envelope", gzipped([1])],
  ])("that is %s is brought on all the same", (_, data) => {
    const item = only(decode(logsEvent(data)));
    expect(item.data).toHaveLength(data.length);
    expect(item.partitionKey()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a notification of S3", () => {
  it("is a record for each object", () => {
    const event = s3Event("a.csv", "b.csv");
    const items = itemsOf(decode(event));
    expect(items.map((item) => JSON.parse(textOf(item)) as object)).toEqual(event.Records);
    expect(items.map(({ partitionKey }) => partitionKey())).toEqual([
      "uploads/a.csv",
      "uploads/b.csv",
    ]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(2);
  });

  it("of a long name has a digest of it for its partition key", () => {
    const [item] = itemsOf(decode(s3Event("x".repeat(1024))));
    expect(item!.partitionKey()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a record of a data stream", () => {
  it("keeps its data and its partition key, and comes with its shard's in order", () => {
    const event = kinesisEvent(["first", "a"], ["second", "b"]);
    const [sequence] = decode(event);
    expect(sequence).toMatchObject({ isBatch: true });
    expect(sequence!.items.map(textOf)).toEqual(["first", "second"]);
    expect(sequence!.items.map(({ partitionKey }) => partitionKey())).toEqual(["a", "b"]);
    expect(sequence!.items.map(({ item }) => item)).toEqual(
      event.Records.map(({ kinesis }) => kinesis.sequenceNumber),
    );
  });
});

describe("a change of a table", () => {
  it("has the form in which a table brings it into a data stream", () => {
    const item = only(decode(dynamodbEvent(dynamodbChange(1))));
    expect(JSON.parse(textOf(item))).toEqual({
      awsRegion: "eu-west-1",
      eventID: "c4ca4238a0b923820dcc509a6f758491",
      eventName: "INSERT",
      userIdentity: null,
      recordFormat: "application/json",
      tableName: "orders",
      dynamodb: {
        ApproximateCreationDateTime: 1_796_046_906_000,
        Keys: { Id: { N: "101" }, At: { S: "noon" } },
        NewImage: { Message: { S: "New item!" }, Id: { N: "101" }, At: { S: "noon" } },
        SizeBytes: 26,
      },
      eventSource: "aws:dynamodb",
    });
    expect(item.item).toBe("4421584000000000000000001");
  });

  it("says who removed what its time to live ended", () => {
    const userIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" };
    const item = only(decode(dynamodbEvent(dynamodbChange(1, { userIdentity }))));
    expect(JSON.parse(textOf(item))).toMatchObject({ userIdentity });
  });

  it("has the same partition key as every other of its item", () => {
    const keyOf = (Keys: object) =>
      only(decode(dynamodbEvent(dynamodbChange(1, { dynamodb: { Keys } })))).partitionKey();
    const key = keyOf({ Id: { N: "1" }, At: { S: "noon" } });
    expect(keyOf({ At: { S: "noon" }, Id: { N: "1" } })).toBe(key);
    expect(keyOf({ At: { S: "noon" }, Id: { N: "2" } })).not.toBe(key);
  });
});

describe("a record of Kafka", () => {
  it("is its value under its key, in the order of its partition", () => {
    const sequences = decode(
      kafkaEvent({
        "orders-0": [
          kafkaRecord("orders", 0, 15, { key: base64("a"), value: base64("first") }),
          kafkaRecord("orders", 0, 16, { key: base64("b"), value: base64("second") }),
        ],
        "orders-1": [kafkaRecord("orders", 1, 3, { key: base64("c"), value: base64("third") })],
      }),
    );
    expect(sequences.map(({ items, isBatch }) => [isBatch, ...items.map(textOf)])).toEqual([
      [true, "first", "second"],
      [true, "third"],
    ]);
    expect(itemsOf(sequences).map(({ partitionKey }) => partitionKey())).toEqual(["a", "b", "c"]);
    expect(itemsOf(sequences).map(({ item }) => item)).toEqual([
      { partition: "orders-0", offset: 15 },
      { partition: "orders-0", offset: 16 },
      { partition: "orders-1", offset: 3 },
    ]);
  });

  it.each([
    ["no key has its partition's", { value: base64("x") }, "orders-0"],
    ["a null key has its partition's", { key: null, value: base64("x") }, "orders-0"],
    ["a key of other bytes than text has a digest of them", { key: "/w==" }, /^[0-9a-f]{64}$/],
  ])("with %s for its partition key", (_, members, expected) => {
    const item = only(decode(kafkaEvent({ "orders-0": [kafkaRecord("orders", 0, 1, members)] })));
    expect(item.partitionKey()).toMatch(expected);
  });

  it("that removes its key's is an empty one", () => {
    const record = kafkaRecord("orders", 0, 1, { key: base64("a"), value: null });
    expect(only(decode(kafkaEvent({ "orders-0": [record] }))).data).toHaveLength(0);
  });

  it("of a cluster of one's own is told by its brokers", () => {
    const { eventSourceArn: _, ...event } = kafkaEvent({
      "orders-0": [kafkaRecord("orders", 0, 1, { value: base64("x") })],
    });
    const item = only(decode({ ...event, eventSource: "SelfManagedKafka" }));
    expect(item.id).toBe("b-1.orders.kafka.amazonaws.com:9092/orders-0/1");
  });
});

describe("a payload of an IoT rule", () => {
  it("is its JSON, told by the request that Lambda repeats", () => {
    const item = only(decode({ temperature: 21.5 }));
    expect(textOf(item)).toBe('{"temperature":21.5}');
    expect(item).toMatchObject({ id: "payload/request-1" });
  });
});
