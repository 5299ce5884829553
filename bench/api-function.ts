/**
 * The api function, composed as in handlers/api.ts, from the gateway's event to its answer: over a log that is given, or
 * one that takes everything and keeps nothing.
 */
import { memoryAccessKeys } from "../src/storage/memory/access-keys.ts";
import { memoryJq } from "../src/storage/memory/jq.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import type { DeliveryStream } from "../src/delivery/delivery-stream.ts";
import { laneMeter } from "../src/delivery/lane-meter.ts";
import { firstLanes } from "../src/delivery/lanes.ts";
import { createAppender } from "../src/log/append.ts";
import type { ProofStore } from "../src/log/proof.ts";
import type { BodyStore, LogStore } from "../src/log/store.ts";
import { requestMeasures } from "../src/observe/request-measures.ts";
import type { HttpRequest } from "../src/wire/http.ts";
import { createLog } from "../src/observe/log.ts";
import { producerRequest } from "../src/operations/call-context.ts";
import type { DeliveryStreamContext } from "../src/operations/context.ts";
import { dataStreamCache } from "../src/operations/data-stream-cache.ts";
import { firehoseService } from "../src/operations/firehose/index.ts";
import { streamCache } from "../src/operations/stream-cache.ts";
import { systemRandom as random } from "../src/random.ts";
import { memoryDeliveryStreams } from "../src/storage/memory/delivery-streams.ts";
import { memoryLog } from "../src/storage/memory/log.ts";
import { memoryReaders } from "../src/storage/memory/readers.ts";
import { memoryRedrives } from "../src/storage/memory/redrives.ts";
import type { RedriveProgress } from "../src/delivery/redrive/redrive.ts";
import { memoryReplays } from "../src/storage/memory/replays.ts";
import { memoryStreams } from "../src/storage/memory/streams.ts";
import { fromApiGateway, toApiGateway } from "../src/wire/api-gateway.ts";
import { createDispatch } from "../src/wire/dispatch.ts";
import { BENCH_KEY, BENCH_REGION } from "./put-events.ts";
import { readTargetRules } from "../src/targets/read-rules.ts";

const accountId = "000000000000";

export function benchStream(name: string): DeliveryStream {
  return {
    name,
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: Date.UTC(2026, 10, 23),
    lanes: firstLanes(Date.UTC(2026, 10, 23)),
    destination: {
      roleArn: `arn:aws:iam::${accountId}:role/hydrant`,
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 128,
      bufferIntervalSeconds: 900,
      compression: "GZIP",
    },
  };
}

export interface ApiStores {
  readonly log: Pick<LogStore, "reserve" | "write">;
  readonly bodies: Pick<BodyStore, "put">;
  readonly proofs: ProofStore;
}

export async function apiFunction(
  streamNames: readonly string[],
  stores: ApiStores = forgetfulStores(),
) {
  const log = memoryLog();
  const readers = memoryReaders();
  const deliveryStreams = memoryDeliveryStreams(log, readers);
  const dataStreams = memoryStreams(log);
  const meter = laneMeter(clock);
  for (const name of streamNames) await deliveryStreams.create(benchStream(name), [], []);
  const shared = {
    accountId,
    region: BENCH_REGION,
    clock,
    random,
    deliveryStreams,
    replays: memoryReplays(),
    redrives: memoryRedrives(memoryLog(), memoryReaders()),
    redriveReaders: memoryReaders<RedriveProgress>(),

    readers,
    log,
    dataStreams,
    sweepRule: { enable: () => Promise.resolve() },
    dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs: 0 }),
    laneMeter: meter,
    appender: createAppender({
      log: meter.watch({
        ...stores.log,
        fill: unread,
        read: unread,
        head: unread,
        ring: unread,
        leaveMark: unread,
        lastMark: unread,
        nextMark: unread,
      }),
      bodies: { ...stores.bodies, get: unread, keep: unread },
      proofs: stores.proofs,
      clock,
      random,
    }),
    streamCache: streamCache(deliveryStreams, clock),
    jq: memoryJq(),
    targets: readTargetRules(
      {},
      {
        accountId,
        region: BENCH_REGION,
        stack: "bench",
        logBucket: "log",
        deliveryBucket: "deliveries",
        mayReachLoopback: false,
      },
    ),
  };
  let loggedBytes = 0;
  const measures = requestMeasures<HttpRequest>();
  const requestLog = createLog({ clock, write: (line) => void (loggedBytes += line.length) });
  const dispatch = createDispatch<DeliveryStreamContext>({
    services: [firehoseService],
    keys: memoryAccessKeys(BENCH_KEY),
    accountId,
    region: BENCH_REGION,
    clock,
    random,
    contextFor(request, caller) {
      const call = producerRequest(request, caller);
      const measure = measures.meterOf(request);
      return { ...shared, measure, ...(call && { producerRequest: call }) };
    },
    report: ({ requestId, status, bytesIn, durationMs, operation }, request) =>
      measures.write(requestLog.info, request, {
        requestId,
        status,
        bytesIn,
        durationMs,
        operation,
      }),
  });
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const result = toApiGateway(await dispatch(fromApiGateway(event)));
    if (result.statusCode !== 200) throw new Error(`answered ${result.statusCode}: ${result.body}`);
    return result;
  };
}

function forgetfulStores(): ApiStores {
  return {
    log: forgetfulLog(),
    bodies: { put: async () => "day/body" },
    proofs: { get: async () => undefined, replace: async () => ({ kind: "written" }) },
  };
}

function forgetfulLog(): ApiStores["log"] {
  let blockIndex = 0;
  let firstRecord = 0;
  let byteOffset = 0;
  return {
    async reserve(_shard, { recordCount, byteCount }) {
      const reserved = { kind: "reserved", blockIndex, firstRecord, byteOffset } as const;
      blockIndex += 1;
      firstRecord += recordCount;
      byteOffset += byteCount;
      return reserved;
    },
    write: async () => ({ kind: "written" }),
  };
}

function unread(): never {
  throw new Error("nothing is read here");
}
