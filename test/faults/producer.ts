/**
 * A producer process: several loops that put single records and batches, large and small, into all streams, and
 * write down what they sent and what was acknowledged. Some let the SDK retry, some take the first failure for
 * an answer; what became of such a call is then unknown.
 */
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import { decodeRecordId } from "../../src/delivery/record-id.ts";
import { accessLog } from "../helpers/access-log.ts";
import { patientRetries } from "../helpers/patient-retries.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import type { HistoryEvent } from "../simulation/history.ts";
import { jsonLine, recordLine } from "./lines.ts";

export interface ProducerConfig {
  readonly name: string;
  readonly seed: number;
  readonly apiEndpoint: string;
  readonly streamNames: readonly string[];
  /** Those whose records are JSON. */
  readonly jsonStreamNames: readonly string[];
  readonly historyFile: string;
  /** `many`: some 2,000 records a second. */
  readonly load: "varied" | "large" | "many";
}

export interface ProducerProgress {
  readonly sentCount: number;
  readonly acknowledgedCount: number;
  readonly unansweredCallCount: number;
  readonly retriedCallCount: number;
}

/** An event without its time. */
type Happening = HistoryEvent extends infer Event
  ? Event extends HistoryEvent
    ? Omit<Event, "atMs">
    : never
  : never;

type Records = readonly { readonly name: string; readonly data: Buffer }[];

const LOOPS = 4;
type Patience = { readonly retryStrategy: ReturnType<typeof patientRetries> };
/** None, the SDK's own, and those that see the end of any fault. */
const RETRIES: readonly ({ readonly maxAttempts: number } | Patience)[] = [
  { maxAttempts: 1 },
  { maxAttempts: 3 },
  { retryStrategy: patientRetries(400) },
  { retryStrategy: patientRetries(400) },
];
const PROGRESS_INTERVAL_MS = 1000;
const PAUSE_MAX_MS = 150;
const PAUSE_AFTER_FAILURE_MAX_MS = 1000;
const PADDING_MAX_BYTES = 30_000;
/** Records of a call. */
const MANY = { minCount: 20, count: 100 };
/** Of a large load: records that gzip shrinks as it does access logs, and no pauses. */
const LARGE = {
  minBytes: 10_000,
  maxBytes: 1_000_000,
  batchMaxBytes: 3_800_000,
  batchMaxCount: 40,
};

process.once("message", (config: ProducerConfig) => {
  let isStopping = false;
  process.on("message", () => {
    isStopping = true;
  });
  // Without its parent it has no purpose.
  process.on("disconnect", () => process.exit(1));
  produce(config, () => isStopping).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function produce(config: ProducerConfig, isStopping: () => boolean): Promise<void> {
  const random = seededRandom(config.seed);
  const below = (limit: number) => Math.floor(random.fraction() * limit);
  const log = accessLog(config.seed);
  const history = openSync(config.historyFile, "a");
  const count = { sent: 0, acknowledged: 0, calls: 0, unanswered: 0, retried: 0 };

  function note(event: Happening): void {
    writeSync(history, `${JSON.stringify({ ...event, atMs: monotonicMs() })}\n`);
  }

  function nextRecord(padding: string): { readonly name: string; readonly data: Buffer } {
    const name = `${config.name}-${count.sent++}`;
    return { name, data: Buffer.from(recordLine(name, log.next().value, padding)) };
  }

  function variedCall(): Records {
    const few = below(3) === 0 ? 1 : 1 + below(60);
    const variedCount = below(50) === 0 ? 500 : few;
    const recordCount = config.load === "many" ? MANY.minCount + below(MANY.count) : variedCount;
    return Array.from({ length: recordCount }, () =>
      // Letters that compress badly, so that calls differ in what their blocks weigh.
      nextRecord(
        below(40) === 0 ? Buffer.from(random.bytes(below(PADDING_MAX_BYTES))).toString("hex") : "",
      ),
    );
  }

  const text = Array.from({ length: 6000 }, () => log.next().value.replace(/\?n=\d+|\n/g, " "))
    .join("")
    .replaceAll(" ", "+");

  function largeCall(): Records {
    const records: { readonly name: string; readonly data: Buffer }[] = [];
    let bytesLeft = LARGE.batchMaxBytes;
    const most = below(3) === 0 ? 1 : 1 + below(LARGE.batchMaxCount);
    while (records.length < most) {
      // As many small ones as large ones, by their order of magnitude.
      const ratio = LARGE.maxBytes / LARGE.minBytes;
      const bytes = Math.floor(LARGE.minBytes * ratio ** random.fraction());
      if (bytes > bytesLeft) break;
      const at = below(text.length - bytes);
      records.push(nextRecord(text.slice(at, at + bytes - 1000)));
      bytesLeft -= bytes;
    }
    return records.length === 0 ? largeCall() : records;
  }

  function clientWith(retries: { maxAttempts: number } | Patience): FirehoseClient {
    return new FirehoseClient({
      endpoint: config.apiEndpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      ...retries,
    });
  }

  async function call(client: FirehoseClient, records: Records): Promise<void> {
    const recordCount = records.length;
    const stream = config.streamNames[below(config.streamNames.length)] ?? "";
    const dataOf = ({ data }: Records[number]) =>
      config.jsonStreamNames.includes(stream) ? Buffer.from(jsonLine(data.toString())) : data;
    const name = `${config.name}#${count.calls++}`;
    note({ kind: "sent", call: name, records: records.map((record) => record.name) });
    const place = { DeliveryStreamName: stream };
    const [first] = records;
    try {
      const { RecordId, $metadata } =
        recordCount === 1 && first !== undefined
          ? await client.send(new PutRecordCommand({ ...place, Record: { Data: dataOf(first) } }))
          : await client
              .send(
                new PutRecordBatchCommand({
                  ...place,
                  Records: records.map((record) => ({ Data: dataOf(record) })),
                }),
              )
              .then(({ RequestResponses, $metadata: metadata }) => ({
                RecordId: RequestResponses?.[0]?.RecordId,
                $metadata: metadata,
              }));
      if (($metadata.attempts ?? 1) > 1) count.retried++;
      // A throttled call is told so in a successful answer, and stored nothing.
      if (RecordId === undefined) return;
      const at = decodeRecordId(stream, RecordId);
      if (at === undefined) return note({ kind: "surprise", message: `unreadable id of ${name}` });
      const { lane, blockIndex, position } = at;
      note({
        kind: "acknowledged",
        call: name,
        stream,
        shard: String(lane),
        block: blockIndex,
        position,
      });
      count.acknowledged += recordCount;
    } catch {
      count.unanswered++;
      await sleep(below(PAUSE_AFTER_FAILURE_MAX_MS));
    }
  }

  async function loop(index: number): Promise<void> {
    const client = clientWith(RETRIES[index % RETRIES.length] ?? { maxAttempts: 1 });
    while (!isStopping()) {
      await call(client, config.load === "large" ? largeCall() : variedCall());
      if (config.load !== "large") await sleep(below(PAUSE_MAX_MS));
    }
    client.destroy();
  }

  const tell = () =>
    new Promise((told) => {
      const progress: ProducerProgress = {
        sentCount: count.sent,
        acknowledgedCount: count.acknowledged,
        unansweredCallCount: count.unanswered,
        retriedCallCount: count.retried,
      };
      process.send?.(progress, told);
    });
  const telling = setInterval(() => void tell(), PROGRESS_INTERVAL_MS);
  await Promise.all(Array.from({ length: LOOPS }, (_, index) => loop(index)));
  clearInterval(telling);
  await tell();
}

/** One clock for all processes of the machine: events are put in order by it. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
