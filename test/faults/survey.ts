/** After the faults: waits until nothing lags, then reads the log and every object back as a history's events. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { laneKey } from "../../src/delivery/delivery-stream.ts";
import { allLanes } from "../../src/delivery/lanes.ts";
import { REDRIVEN_PREFIX } from "../../src/delivery/redrive/redrive.ts";
import { unpackRecords } from "../../src/log/frame.ts";
import type { ShardKey } from "../../src/log/store.ts";
import { systemRandom } from "../../src/random.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { s3Bodies } from "../../src/storage/s3/bodies.ts";
import { type DeliveredObject, openDelivered } from "../helpers/delivered.ts";
import { eventually } from "../helpers/eventually.ts";
import { readFile } from "../helpers/parquet-file.ts";
import type { HistoryEvent } from "../simulation/history.ts";
import { isDropped, readRecordLine, type ReadRecord } from "./lines.ts";
import { type FaultStream, prefixOf, type ReaderName, readersOf } from "./streams.ts";
import { errorFolder } from "./redrives.ts";
import { droppedOf, SECOND_BUCKET, surprises, versionsIn } from "./updates.ts";

interface StackFacts {
  readonly dynamodbEndpoint: string;
  readonly s3Endpoint: string;
  readonly deliveryBucket: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Lane {
  readonly stream: FaultStream;
  readonly shard: ShardKey;
  readonly index: number;
}

export interface LaneCounts {
  readonly open: number;
  readonly closing: number;
  readonly gone: number;
}

export interface SurveyCounts {
  blocks: number;
  tombstones: number;
  objects: number;
  deliveredRecords: number;
  failedRecords: number;
  droppedRecords: number;
  /** In objects that have been moved, one record perhaps more than once. */
  redrivenRecords: number;
}

export interface Survey {
  /** The readers that have not read all, such as `plain delivery`. */
  lagging(): Promise<readonly string[]>;
  /** Of the stream of that name. To be asked now and then while lanes may go: what they held is told of them later. */
  laneCounts(name: string): Promise<LaneCounts>;
  /** In an order that the checker can judge: the log, the objects, what was dropped, where readers stand. */
  events(): Promise<{ readonly events: readonly HistoryEvent[]; readonly counts: SurveyCounts }>;
  close(): void;
}

/**
 * Of the stack as it runs now: one that is started again has other ports.
 * @param heads what was last seen of each lane's counter, from one survey to the next
 */
export function openSurvey(
  dataDir: string,
  streams: readonly FaultStream[],
  heads = new Map<ShardKey, number>(),
): Survey {
  const facts = JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as StackFacts;
  const {
    HYDRANT_LOG_TABLE = "",
    HYDRANT_STATE_TABLE = "",
    HYDRANT_LOG_BUCKET = "",
  } = facts.environment;
  const access = {
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const client = new DynamoDBClient({ ...access, endpoint: facts.dynamodbEndpoint });
  const s3 = new S3Client({ ...access, endpoint: facts.s3Endpoint, forcePathStyle: true });
  const tables = { client, logTable: HYDRANT_LOG_TABLE, stateTable: HYDRANT_STATE_TABLE };
  const log = dynamodbLog(tables);
  const readers = dynamodbReaders(tables);
  const deliveryStreams = dynamodbDeliveryStreams(tables);
  const bodies = s3Bodies(s3, HYDRANT_LOG_BUCKET, systemRandom);
  const delivered = openDelivered(facts.s3Endpoint, facts.deliveryBucket);
  const elsewhere = openDelivered(facts.s3Endpoint, SECOND_BUCKET);

  async function standing(name: string) {
    const found = await deliveryStreams.get(name);
    if (found?.lanes === undefined) throw new Error(`the stream ${name} is gone`);
    return { stream: found, lanes: found.lanes };
  }

  /** All that ever were, for the blocks of those that are gone still stand. */
  async function lanes(): Promise<readonly Lane[]> {
    const found: Lane[] = [];
    for (const stream of streams) {
      const { stream: at, lanes: set } = await standing(stream.name);
      for (let index = 0; index < set.next; index++) {
        found.push({ stream, shard: laneKey(at, index), index });
      }
    }
    return found;
  }

  async function positions({ shard }: Pick<Lane, "shard">) {
    const [head, states] = await Promise.all([log.head(shard), readers.list(shard)]);
    if (head !== undefined) heads.set(shard, head.blockIndex);
    const seen = heads.get(shard);
    if (seen === undefined) throw new Error(`${shard} went before it was looked at`);
    return { head: seen, states };
  }

  async function* laneEvents(lane: Lane, read: ReadRecord[]) {
    const { stream, shard, index } = lane;
    const { head } = await positions(lane);
    for await (const entry of log.read({ shard, from: 0, to: head })) {
      const at = { stream: stream.name, shard: String(index), block: entry.index, atMs: nowMs() };
      if (entry.kind === "tombstone") {
        yield { kind: "tombstone", ...at } as const;
        continue;
      }
      const body =
        entry.body.kind === "inline" ? entry.body.bytes : await bodies.get(entry.body.key);
      const records = unpackRecords(body).map(({ data }) => readLine(Buffer.from(data).toString()));
      read.push(...records);
      yield { kind: "logged", ...at, records: records.map(({ name }) => name) } as const;
    }
  }

  /** Where the lane's readers stand; those of one that is gone must have come to its end. */
  async function endOf(lane: Lane): Promise<readonly HistoryEvent[]> {
    const { head, states } = await positions(lane);
    const ends =
      states.length > 0
        ? states.map(({ readerId, checkpoint }) => ({ readerId, block: checkpoint.blockIndex }))
        : readersOf(lane.stream).map((readerId) => ({ readerId, block: head }));
    return ends.flatMap(({ readerId: reader, block }) => {
      const at = { atMs: nowMs(), stream: lane.stream.name, shard: String(lane.index), block };
      return [
        { kind: "checkpoint", ...at, reader },
        { kind: "settled", ...at, reader, head },
      ];
    });
  }

  async function* objectsOf(stream: FaultStream, reader: ReaderName) {
    const prefix = prefixOf(stream, reader);
    for await (const object of delivered.each(prefix)) {
      yield { ...object, bucket: facts.deliveryBucket };
    }
    if (!stream.isUpdated) return;
    for await (const object of elsewhere.each(prefix)) yield { ...object, bucket: SECOND_BUCKET };
  }

  /** Of a stream whose objects of failed records have been moved. */
  async function redrivenCount({ name }: FaultStream, all: HistoryEvent[]): Promise<number> {
    let count = 0;
    for await (const object of delivered.each(REDRIVEN_PREFIX + errorFolder(name))) {
      count += failedRecords(object).length;
    }
    if (count === 0) {
      all.push({ kind: "surprise", atMs: nowMs(), message: `nothing of ${name} ever failed` });
    }
    return count;
  }

  async function events() {
    const all: HistoryEvent[] = [];
    const counts: SurveyCounts = {
      blocks: 0,
      tombstones: 0,
      objects: 0,
      deliveredRecords: 0,
      failedRecords: 0,
      droppedRecords: 0,
      redrivenRecords: 0,
    };
    const known = await lanes();
    for (const stream of streams) {
      const own = known.filter((lane) => lane.stream === stream);
      const read = own.map((): ReadRecord[] => []);
      for (const [i, lane] of own.entries()) {
        for await (const event of laneEvents(lane, read[i]!)) {
          all.push(event);
          if (event.kind === "logged") counts.blocks++;
          else counts.tombstones++;
        }
      }
      const versionOf = new Map<string, number>();
      for (const reader of readersOf(stream)) {
        for await (const { bucket, ...object } of objectsOf(stream, reader)) {
          const { key } = object;
          const isError = key.includes("-failed/");
          const held =
            stream.flaw === "conversion" && !isError
              ? await convertedRecords(object)
              : (isError ? failedRecords : deliveredRecords)(object);
          if (stream.flaw && isError) {
            all.push({ kind: "surprise", atMs: nowMs(), message: `${key} is left` });
          }
          const found = stream.flaw && isError ? [] : held;
          const records = found.map(({ name }) => name);
          const at = { atMs: nowMs(), stream: stream.name, reader };
          const versions = stream.isUpdated ? versionsIn(key, stream.name) : undefined;
          all.push({ kind: "object", ...at, key, records, ...(versions && { versions }) });
          if (versions) {
            const stands = { ...object, bucket, isOfFailed: isError, records: found };
            all.push(...surprises(stream, stands, facts.deliveryBucket, nowMs()));
            for (const name of records) versionOf.set(name, versions[1]);
          }
          counts.objects++;
          counts[isError ? "failedRecords" : "deliveredRecords"] += records.length;
        }
      }
      if (stream.flaw) counts.redrivenRecords += await redrivenCount(stream, all);
      const dropped = read.flatMap((lane) => {
        if (stream.isUpdated) return droppedOf(stream, lane, versionOf);
        return stream.isTransformed ? lane.filter(isDropped) : [];
      });
      for (const record of new Set(dropped.map(({ name }) => name))) {
        all.push({
          kind: "dropped",
          atMs: nowMs(),
          stream: stream.name,
          reader: "delivery",
          record,
        });
        counts.droppedRecords++;
      }
      for (const lane of own) all.push(...(await endOf(lane)));
    }
    return { events: all, counts };
  }

  return {
    async lagging() {
      const found: string[] = [];
      for (const lane of await lanes()) {
        const { head, states } = await positions(lane);
        for (const { readerId, checkpoint } of states) {
          if (checkpoint.blockIndex < head) found.push(`${lane.stream.name} ${readerId}`);
        }
      }
      return found;
    },
    async laneCounts(name) {
      const { stream, lanes: set } = await standing(name);
      const alive = allLanes(set);
      await Promise.all(alive.map((index) => positions({ shard: laneKey(stream, index) })));
      const closing = set.closing?.length ?? 0;
      return { open: set.open.length, closing, gone: set.next - alive.length };
    },
    events,
    close() {
      client.destroy();
      s3.destroy();
      delivered.close();
      elsewhere.close();
    },
  };
}

/** Answers how long each reader took that lagged at all. */
export async function waitForNoLag(
  survey: Survey,
  timeoutMs: number,
): Promise<ReadonlyMap<string, number>> {
  const startedAt = performance.now();
  const lastSeenMs = new Map<string, number>();
  await eventually(
    "every reader has caught up",
    async () => {
      const lagging = await survey.lagging();
      for (const reader of lagging) lastSeenMs.set(reader, performance.now() - startedAt);
      return lagging.length === 0 ? true : undefined;
    },
    timeoutMs,
  );
  return lastSeenMs;
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

function readLine(line: string): ReadRecord {
  const record = readRecordLine(line.trimEnd());
  if (record === undefined) throw new Error(`a record was damaged: ${line.slice(0, 300)}`);
  return record;
}

function linesIn({ body }: DeliveredObject): readonly string[] {
  return body.toString("utf8").split("\n").filter(Boolean);
}

const deliveredRecords = (object: DeliveredObject) => linesIn(object).map(readLine);

async function convertedRecords({ body }: DeliveredObject): Promise<readonly ReadRecord[]> {
  const rows = (await readFile(body)) as readonly { readonly line: string }[];
  return rows.map(({ line }) => readLine(line));
}

const failedRecords = (object: DeliveredObject) =>
  linesIn(object).map((line) => {
    const { rawData } = JSON.parse(line) as { readonly rawData: string };
    return readLine(Buffer.from(rawData, "base64").toString());
  });
