/**
 * Deliveries over real tables and buckets, in this process: what the functions do, without the functions. Whatever
 * a test makes of the tables shows in the objects.
 */
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import {
  consumerFollower,
  type EventSourceMapping,
  mappingOfReader,
} from "../../src/consumer/mapping.ts";
import type { Progress } from "../../src/consumer/progress.ts";
import { consume } from "../../src/consumer/run.ts";
import { pausedReaders } from "../../src/consumer/sweep-mappings.ts";
import { deliver } from "../../src/delivery/deliver.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import { groupCommit } from "../../src/log/group-commit.ts";
import { systemRandom as random } from "../../src/random.ts";
import { startFollowing } from "../../src/readers/follow.ts";
import type { WakeUp } from "../../src/readers/store.ts";
import { sweepShards } from "../../src/readers/sweep.ts";
import { dynamodbDeliveryNotes } from "../../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../../src/storage/dynamodb/mappings.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { dynamodbSweepNotes } from "../../src/storage/dynamodb/sweep-notes.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { oneClient } from "../../src/storage/s3/bucket-clients.ts";
import { s3Bodies } from "../../src/storage/s3/bodies.ts";
import { s3Objects } from "../../src/storage/s3/objects.ts";
import { s3Spool } from "../../src/storage/s3/spool.ts";
import { shardLookup } from "../../src/streams/shard-lookup.ts";
import { initialShards } from "../../src/streams/shard-map.ts";
import type { DataStream } from "../../src/streams/stream.ts";
import { deliveryPorts } from "../unit/delivery/delivery-ports.ts";
import type { SteppingClock } from "./stepping-clock.ts";

export type Item = Record<string, AttributeValue>;

export interface StoredTables {
  readonly client: DynamoDBClient;
  readonly logTable: string;
  readonly stateTable: string;
}

export interface StoredPlaces extends StoredTables {
  readonly s3: S3Client;
  readonly logBucket: string;
  readonly clock: SteppingClock;
}

/** Long enough for every buffer to be due, and for the sweep to take its wake-up for lost. */
const FORGOTTEN_MS = 1_000_000;
const SWEEPS_MAX_COUNT = 20;

export type StoredWorld = ReturnType<typeof storedWorld>;

export function storedWorld({ s3, logBucket, clock, ...tables }: StoredPlaces) {
  const log = dynamodbLog(tables);
  const dataStreams = dynamodbStreams(tables);
  const bodies = s3Bodies(s3, logBucket, random);
  const mappings = dynamodbMappings(tables);
  /** What functions were given, in that order. */
  const handled: string[] = [];
  const deliveries = {
    ...deliveryPorts({ clock, log: memoryLog(), dataStreams }, () => ({})),
    log,
    random,
    bodies,
    readers: dynamodbReaders<DeliveryPlan>(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    deliveryNotes: dynamodbDeliveryNotes(tables),
    objects: s3Objects(oneClient(s3)),
    spool: s3Spool(s3, logBucket, random),
  };
  const consumers = {
    log,
    clock,
    random,
    bodies,
    dataStreams,
    mappings,
    readers: dynamodbReaders<Progress>(tables),
    streams: shardLookup({ dataStreams, log, clock, transitionDelayMs: 0 }),
    invoker: {
      async invoke(_arn: string, payload: string) {
        const { Records } = JSON.parse(payload) as {
          readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
        };
        handled.push(
          ...Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString()),
        );
        const facts = { requestId: "request", statusCode: 200, executedVersion: "$LATEST" };
        return { kind: "returned" as const, payload: "null", facts };
      },
    },
    destination: { report: () => Promise.reject(new Error("no function fails here")) },
    region: "us-east-1",
    roleArn: "arn:aws:iam::000000000000:role/consume",
    streamArn: (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
    report: () => {},
  };
  const notes = dynamodbSweepNotes(tables);

  async function run(wakeUp: WakeUp, over: Partial<typeof deliveries> = {}): Promise<void> {
    const options = {
      wakeUp,
      messageId: `${wakeUp.shard} ${wakeUp.readerId}`,
      isRepeated: false,
      deadlineMs: clock.now() + 900_000,
      backOffMs: 1000,
    };
    const isConsumers = mappingOfReader(wakeUp.readerId) !== undefined;
    const result = await (isConsumers
      ? consume(consumers, options)
      : deliver({ ...deliveries, ...over }, options));
    if (result.kind === "retry" && result.error) throw result.error as Error;
  }

  /** One look of the sweep, and the runs of what it wakes. Answers how many those were. */
  async function sweepOnce(): Promise<number> {
    const woken: WakeUp[] = [];
    const ports = {
      log,
      readers: dynamodbReaders<never>(tables),
      notes,
      clock,
      queue: { send: async (wakeUp: WakeUp) => void woken.push(wakeUp) },
      isPaused: pausedReaders(mappings),
      reportFailure: (_place: string, error: unknown) => {
        throw error;
      },
    };
    await sweepShards(ports, await notes.list());
    for (const wakeUp of woken) await run(wakeUp);
    return woken.length;
  }

  return {
    ...deliveries,
    notes,
    mappings,
    dataStreams,
    handled,
    append: groupCommit({ log, bodies, clock, random }),
    run,
    async makeDataStream(stream: DataStream, shardCount: number): Promise<void> {
      await dataStreams.create(stream);
      await dataStreams.addShards(stream, initialShards(shardCount, stream.createdAtMs));
    },
    async follow(stream: DataStream, mapping: EventSourceMapping): Promise<void> {
      await mappings.create(mapping);
      const view = { stream, shards: await dataStreams.shards(stream) };
      await startFollowing(consumers, view, consumerFollower(mapping), mapping.start);
    },
    /** Until the sweep finds nothing that waits. */
    async sweepAll(): Promise<void> {
      for (let count = 0; count < SWEEPS_MAX_COUNT; count++) {
        await clock.sleep(FORGOTTEN_MS);
        if ((await sweepOnce()) === 0) return;
      }
      throw new Error("something waits for ever");
    },
  };
}

const KEY_NAMES = ["pk", "sk"] as const;

export async function makeTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: KEY_NAMES.map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
}

export async function removeTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName }));
}

export async function itemsOf(client: DynamoDBClient, TableName: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

export async function putItems(
  client: DynamoDBClient,
  TableName: string,
  items: readonly Item[],
): Promise<void> {
  await Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName, Item }))));
}

/** The lines of each object below the prefix, by its key. */
export async function linesBelow(
  s3: S3Client,
  bucket: string,
  prefix: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
  );
  const entries = Contents.map(async ({ Key: key = "" }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const text = await Body!.transformToString();
    return [key, text.split("\n").filter(Boolean)] as const;
  });
  return new Map(await Promise.all(entries));
}
