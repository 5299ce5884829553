import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, inject, test } from "vitest";
import type { EventSourceMapping } from "../../src/consumer/mapping.ts";
import type { ShardKey } from "../../src/log/store.ts";
import { systemRandom } from "../../src/random.ts";
import {
  dynamodbAccessKeys,
  type DynamoAccessKeysOptions,
} from "../../src/storage/dynamodb/access-keys.ts";
import { dynamodbDeliveryNotes } from "../../src/storage/dynamodb/delivery-notes.ts";
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import {
  counterKey,
  mappingKey,
  readWindowKey,
  subscriptionKey,
} from "../../src/storage/dynamodb/keys.ts";
import { dynamodbLog, newCounterItem } from "../../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../../src/storage/dynamodb/mappings.ts";
import { dynamodbProofs } from "../../src/storage/dynamodb/proofs.ts";
import { dynamodbSweepNotes } from "../../src/storage/dynamodb/sweep-notes.ts";
import { dynamodbRateAccounts } from "../../src/storage/dynamodb/rate-accounts.ts";
import { dynamodbReadWindows } from "../../src/storage/dynamodb/read-windows.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbRedrives } from "../../src/storage/dynamodb/redrives.ts";
import { dynamodbReplays } from "../../src/storage/dynamodb/replays.ts";
import { dynamodbRoles } from "../../src/storage/dynamodb/roles.ts";
import { dynamodbSecrets } from "../../src/storage/dynamodb/secrets.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { dynamodbSubscriptions } from "../../src/storage/dynamodb/subscriptions.ts";
import { createSeal } from "../../src/storage/seal.ts";
import { testAccessKeyBook } from "./access-key-book.ts";
import { testRoleBook } from "./role-book.ts";
import { testDeliveryNotes } from "./delivery-notes.ts";
import { testDeliveryStreamStore } from "./delivery-stream-store.ts";
import { testLogStore } from "./log-store.ts";
import { testMappingStore } from "./mapping-store.ts";
import { testProofStore } from "./proof-store.ts";
import { testSweepNotes } from "./sweep-notes.ts";
import { testRateAccounts } from "./rate-accounts.ts";
import { testReadWindowStore } from "./read-window-store.ts";
import { testReaderStore } from "./reader-store.ts";
import { testRedriveStore } from "./redrive-store.ts";
import { testReplayStore } from "./replay-store.ts";
import { testSecretStore } from "./secret-store.ts";
import { testStreamStore } from "./stream-store.ts";
import { testSubscriptionStore } from "./subscription-store.ts";

const client = new DynamoDBClient({
  endpoint: inject("dynamodbEndpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const stateTable = inject("stateTable");
const logTable = inject("logTable");
const tables = { client, stateTable, logTable };

describe("the log on DynamoDB", () => {
  testLogStore(async () => ({
    log: dynamodbLog(tables),
    async open(shard) {
      await client.send(new PutItemCommand({ TableName: stateTable, Item: newCounterItem(shard) }));
      return {
        async close() {
          await client.send(
            new DeleteItemCommand({ TableName: stateTable, Key: counterKey(shard) }),
          );
        },
      };
    },
  }));
});

describe("a log on a DynamoDB that refuses what was signed long ago", () => {
  const settings = {
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const strict = new DynamoDBClient({ ...settings, endpoint: inject("dynamodbDoor") });
  const log = dynamodbLog({ ...tables, client: strict });

  test("takes a block within 15 minutes of its reservation, and never later", async () => {
    const shard = `firehose/strict/${Date.now().toString(16)}/0000` as ShardKey;
    await client.send(new PutItemCommand({ TableName: stateTable, Item: newCounterItem(shard) }));
    const reservedAgo = async (minutes: number) => {
      const append = { recordCount: 1, byteCount: 3 };
      const place = await log.reserve(shard, append);
      if (place.kind !== "reserved") throw new Error(place.kind);
      const { blockIndex: index, kind: _, ...rest } = place;
      const arrivedAtMs = Date.now() - minutes * 60_000;
      return log.write({
        ...append,
        ...rest,
        kind: "data",
        shard,
        index,
        token: `of ${index}`,
        arrivedAtMs,
        expiresAtMs: Date.now() + 86_400_000,
        body: { kind: "inline", bytes: Buffer.from("abc") },
      });
    };
    expect(await reservedAgo(14)).toEqual({ kind: "written" });
    expect(await reservedAgo(16)).toEqual({ kind: "throttled" });
    // By a clock that is far ahead.
    expect(await reservedAgo(-16)).toEqual({ kind: "throttled" });
    const indexes: number[] = [];
    for await (const { index } of log.read({ shard, from: 0, to: 3 })) indexes.push(index);
    expect(indexes).toEqual([0]);
  });
});

test("a delivery stream of an older layout is refused, and stays as it is", async () => {
  const item = {
    pk: { S: "delivery-streams" },
    sk: { S: "of-an-older-layout" },
    stream: { S: "{}" },
  };
  await client.send(new PutItemCommand({ TableName: stateTable, Item: item }));
  await expect(dynamodbDeliveryStreams(tables).get("of-an-older-layout")).rejects.toThrow(
    "the delivery stream of-an-older-layout has layout 2 of another version, and this one reads layout 4; " +
      "let that version deliver what waits, then deploy with new tables, as a new stage has them",
  );
  const created = dynamodbDeliveryStreams(tables).create(
    { name: "of-an-older-layout", generation: "0".repeat(16) } as DeliveryStream,
    [],
    [],
  );
  expect(await created).toBe("exists");
  const { pk, sk } = item;
  const { Item } = await client.send(
    new GetItemCommand({ TableName: stateTable, Key: { pk, sk }, ConsistentRead: true }),
  );
  expect(Item).toEqual(item);
});

describe("a log of an older layout on DynamoDB", () => {
  const shard = "firehose/older/5c1f09ab27de4410/0000" as ShardKey;
  const sentence =
    `the log of ${shard} has layout 1 of another version, and this one reads layout 4; ` +
    "let that version deliver what waits, then deploy with new tables, as a new stage has them";
  const log = dynamodbLog(tables);
  const put = async () => {
    const { layout: _, ...Item } = newCounterItem(shard);
    await client.send(new PutItemCommand({ TableName: stateTable, Item }));
  };
  const limit = { perSecond: { recordCount: 10, byteCount: 1000 }, nowMs: 1_795_428_000_000 };

  test("is neither appended to nor read, and stays as it is", async () => {
    await put();
    const append = { recordCount: 1, byteCount: 1 };
    await expect(log.reserve(shard, append)).rejects.toThrow(sentence);
    await expect(log.reserve(shard, { ...append, limit })).rejects.toThrow(sentence);
    await expect(log.head(shard)).rejects.toThrow(sentence);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: stateTable, Key: counterKey(shard) }),
    );
    expect(Item?.["blocks"]?.N).toBe("0");
  });
});

describe("proofs on DynamoDB", () => {
  testProofStore(() => dynamodbProofs(tables));
});

describe("readers on DynamoDB", () => {
  testReaderStore(() => dynamodbReaders(tables));
});

describe("delivery streams on DynamoDB", () => {
  testDeliveryStreamStore(async () => ({
    streams: dynamodbDeliveryStreams(tables),
    log: dynamodbLog(tables),
    readers: dynamodbReaders(tables),
  }));
});

describe("delivery notes on DynamoDB", () => {
  testDeliveryNotes(() => dynamodbDeliveryNotes(tables));
});

describe("redrives on DynamoDB", () => {
  testRedriveStore(() => ({
    redrives: dynamodbRedrives(tables),
    log: dynamodbLog(tables),
    readers: dynamodbReaders(tables),
    notes: dynamodbSweepNotes(tables),
  }));
});

describe("replays on DynamoDB", () => {
  testReplayStore(() => dynamodbReplays(tables));
});

describe("data streams on DynamoDB", () => {
  testStreamStore(async () => ({
    streams: dynamodbStreams(tables),
    log: dynamodbLog(tables),
    readers: dynamodbReaders(tables),
  }));
});

const seal = createSeal(systemRandom.bytes(32), systemRandom);

describe("access keys on DynamoDB", () => {
  testAccessKeyBook(() => dynamodbAccessKeys(tables));
});

describe("sealed access keys on DynamoDB", () => {
  testAccessKeyBook(() => dynamodbAccessKeys({ ...tables, seal }));
});

describe("sealed roles on DynamoDB", () => {
  testRoleBook(() => dynamodbRoles({ ...tables, seal, random: systemRandom }));
});

describe("secrets on DynamoDB", () => {
  testSecretStore(() => dynamodbSecrets(tables));
});

describe("sealed secrets on DynamoDB", () => {
  testSecretStore(() => dynamodbSecrets({ ...tables, seal }));

  test("say what is missing where there is no seal, and whose they are not", async () => {
    const keys = dynamodbAccessKeys({ ...tables, seal });
    await keys.create({ id: "sealed", secret: "s", createdAtMs: 0 });
    const open = async (store: DynamoAccessKeysOptions) =>
      (await dynamodbAccessKeys(store).get("sealed"))?.openSecret();
    await expect(open(tables)).rejects.toThrow("HYDRANT_SEAL_KEY_FILE");
    const other = createSeal(systemRandom.bytes(32), systemRandom);
    await expect(open({ ...tables, seal: other })).rejects.toThrow("sealed with another key");
    await keys.remove("sealed");
  });
});

describe("the sweep's notes in DynamoDB", () => {
  testSweepNotes(() => dynamodbSweepNotes(tables));
});

describe("read windows on DynamoDB", () => {
  testReadWindowStore(() => dynamodbReadWindows(tables));
});

describe("accounts of keys' rates on DynamoDB", () => {
  testRateAccounts(() => dynamodbRateAccounts(tables));
});

describe("subscriptions on DynamoDB", () => {
  testSubscriptionStore(() => dynamodbSubscriptions(tables));
});

describe("event source mappings on DynamoDB", () => {
  testMappingStore(() => dynamodbMappings(tables));
});

test("what nobody asks for any more is left to the time to live", async () => {
  const shard = "contract/forgotten" as ShardKey;
  const nowMs = 1_795_428_000_000;
  const place = { shard, consumerId: "c" };
  await dynamodbSubscriptions(tables).claim(place, {
    token: "t",
    nowMs,
    takeOverBeforeMs: nowMs,
    callBeforeMs: nowMs,
    overByMs: nowMs + 600_000,
  });
  const window = { second: nowMs / 1000, callCount: 1, byteCount: 0 };
  await dynamodbReadWindows(tables).replace(shard, undefined, window);
  const mapping = {
    uuid: "contract-forgotten",
    revision: 1,
    eventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/forgotten",
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:forgotten",
    modifiedAtMs: nowMs,
  } as EventSourceMapping;
  await dynamodbMappings(tables).create(mapping);
  await dynamodbMappings(tables).remove(mapping);
  const keys = [subscriptionKey(shard, "c"), readWindowKey(shard), mappingKey(mapping.uuid)];
  const expiries = keys.map(async (Key) => {
    const { Item } = await client.send(new GetItemCommand({ TableName: stateTable, Key }));
    return Number(Item?.["expiresAt"]?.N) - nowMs / 1000;
  });
  expect(await Promise.all(expiries)).toEqual([600, 3600, 86_400]);
});
