/**
 * A bridge over the memory twins, and what its target holds: a stream of four shards and a delivery stream, both named `orders`.
 * Each invocation runs in a process of its own, which forgets everything, over stores that stay.
 */
import { keepAside } from "../../../src/bridge/aside.ts";
import { deliveryTarget } from "../../../src/bridge/delivery-target.ts";
import { type BridgeReport, serveEvent } from "../../../src/bridge/serve.ts";
import type { BridgeSettings } from "../../../src/bridge/settings.ts";
import { streamTarget } from "../../../src/bridge/stream-target.ts";
import type { BridgeTarget } from "../../../src/bridge/target.ts";
import { laneKey } from "../../../src/delivery/delivery-stream.ts";
import { createAppender } from "../../../src/log/append.ts";
import { loadBody } from "../../../src/log/body.ts";
import type { AppendPorts } from "../../../src/log/commit.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import type { OperationContext } from "../../../src/operations/context.ts";
import { dataStreamCache } from "../../../src/operations/data-stream-cache.ts";
import { firehoseService } from "../../../src/operations/firehose/index.ts";
import { streamCache } from "../../../src/operations/stream-cache.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryObjects } from "../../../src/storage/memory/objects.ts";
import { memoryProofs } from "../../../src/storage/memory/proofs.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { createRequest } from "../operations/firehose/harness.ts";
import { caller, harness, NOW_MS } from "../operations/kinesis/harness.ts";

export const BUCKET = "deliveries";

export const SETTINGS = {
  bridge: "orders",
  sources: ["sqs", "sns", "s3", "kinesis", "dynamodb", "kafka", "logs", "events", "iot"],
  partialAnswers: ["sqs", "kinesis", "dynamodb", "kafka"],
  isRawSns: false,
  isWholeSqs: false,
} as const satisfies BridgeSettings;

export const TO_STREAM = { ...SETTINGS, stream: "orders" } as const;
export const TO_DELIVERY = { ...SETTINGS, deliveryStream: "orders" } as const;

export interface Stored {
  readonly data: string;
  readonly bytes: Uint8Array;
  readonly partitionKey: string;
  readonly shard: string;
}

export interface InvocationOptions {
  readonly settings?: BridgeSettings;
  readonly requestId?: string;
  /** Around what the process puts with: throttles, deaths. */
  readonly ports?: (ports: AppendPorts) => AppendPorts;
  readonly target?: (target: BridgeTarget) => BridgeTarget;
  readonly patienceMs?: number;
  readonly authorize?: () => Promise<void>;
}

export async function bridgeWorld() {
  const log = memoryLog();
  const clock = steppingClock(NOW_MS);
  const random = seededRandom(1);
  const objects = memoryObjects();
  const proofs = memoryProofs();
  const made = harness({ clock }, log);
  await made.call("CreateStream", { StreamName: "orders", ShardCount: 4 });
  await clock.sleep(1000);
  await caller(firehoseService, made.context)("CreateDeliveryStream", {
    ...createRequest(),
    DeliveryStreamName: "orders",
  });
  const { dataStreams, context } = made;
  const { deliveryStreams } = context;
  const reports: BridgeReport[] = [];

  function processContext(around: (ports: AppendPorts) => AppendPorts): OperationContext {
    const append = around({ ...context.append, log, proofs, clock, random });
    return {
      ...context,
      random,
      append,
      appender: createAppender(append),
      dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs: 0 }),
      streamCache: streamCache(deliveryStreams, clock),
    };
  }

  function invoke(
    event: unknown,
    {
      settings = TO_STREAM,
      requestId = "request-1",
      ports = (all) => all,
      target: around = (all) => all,
      patienceMs = 45_000,
      authorize = () => Promise.resolve(),
    }: InvocationOptions = {},
  ) {
    const own = processContext(ports);
    const target =
      settings.stream === undefined
        ? deliveryTarget(settings.deliveryStream ?? "", own)
        : streamTarget(settings.stream, own);
    const put = (key: string, body: Uint8Array) =>
      objects.putIfAbsent({ bucket: BUCKET, key, contentType: "application/json" }, body);
    return serveEvent(
      {
        target: around(target),
        keepAside: keepAside(settings.bridge, put, clock),
        clock,
        random,
        authorize,
        report: (report) => void reports.push(report),
      },
      settings,
      // As Lambda's runtime hands it over.
      JSON.parse(JSON.stringify(event)) as unknown,
      { requestId, deadlineMs: clock.now() + patienceMs },
    );
  }

  async function stored(): Promise<readonly Stored[]> {
    const { value } = await made.call("ListShards", { StreamName: "orders" });
    const found: Stored[] = [];
    for (const { ShardId: shard } of value.Shards) {
      const start = { StreamName: "orders", ShardId: shard, ShardIteratorType: "TRIM_HORIZON" };
      let { ShardIterator } = (await made.call("GetShardIterator", start)).value;
      for (let isMore = true; isMore;) {
        const page = (await made.call("GetRecords", { ShardIterator })).value;
        for (const { Data, PartitionKey: partitionKey } of page.Records) {
          const bytes = Buffer.from(Data, "base64");
          found.push({ bytes, data: bytes.toString(), partitionKey, shard });
        }
        ShardIterator = page.NextShardIterator;
        isMore = page.MillisBehindLatest > 0;
      }
    }
    return found;
  }

  /** Of the delivery stream's one lane. */
  async function delivered(): Promise<readonly Uint8Array[]> {
    const stream = await deliveryStreams.get("orders");
    const found: Uint8Array[] = [];
    for (const lane of stream?.lanes?.open ?? []) {
      const shard = laneKey(stream!, lane);
      for await (const entry of log.read({ shard, from: 0, to: 1000 })) {
        if (entry.kind !== "data") continue;
        const body = await loadBody(context, entry);
        found.push(...unpackRecords(body).map(({ data }) => data));
      }
    }
    return found;
  }

  return { clock, objects, proofs, log, made, reports, invoke, stored, delivered, processContext };
}
