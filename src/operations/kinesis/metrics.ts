/**
 * What calls on data streams measure, under AWS's names. Metrics of single shards are those that enhanced monitoring of
 * the stream asks for; each is a metric of its own, and has its own price.
 * https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
 */
import { KINESIS_METRICS as namespace, type Measured, type MetricSet } from "../../metrics.ts";
import type { PutOutcome } from "../../streams/put-outcome.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import type { DataStream } from "../../streams/stream.ts";

const dimensions = ["StreamName"];

const PUT = {
  IncomingBytes: "Bytes",
  IncomingRecords: "Count",
  WriteProvisionedThroughputExceeded: "Count",
} as const;

const PUT_RECORD = {
  namespace,
  dimensions,
  units: {
    ...PUT,
    "PutRecord.Bytes": "Bytes",
    "PutRecord.Success": "Count",
    "PutRecord.Latency": "Milliseconds",
  },
  latency: "PutRecord.Latency",
} as const satisfies MetricSet;

const PUT_RECORDS = {
  namespace,
  dimensions,
  units: {
    ...PUT,
    "PutRecords.Bytes": "Bytes",
    "PutRecords.TotalRecords": "Count",
    "PutRecords.SuccessfulRecords": "Count",
    "PutRecords.FailedRecords": "Count",
    "PutRecords.ThrottledRecords": "Count",
    "PutRecords.Success": "Count",
    "PutRecords.Latency": "Milliseconds",
  },
  latency: "PutRecords.Latency",
} as const satisfies MetricSet;

const GET_RECORDS = {
  namespace,
  dimensions,
  units: {
    "GetRecords.Bytes": "Bytes",
    "GetRecords.Records": "Count",
    "GetRecords.IteratorAgeMilliseconds": "Milliseconds",
    "GetRecords.Success": "Count",
    "GetRecords.Latency": "Milliseconds",
    ReadProvisionedThroughputExceeded: "Count",
  },
  latency: "GetRecords.Latency",
} as const satisfies MetricSet;

const SUBSCRIBE_TO_SHARD = {
  namespace,
  dimensions: ["StreamName", "ConsumerName"],
  units: {
    "SubscribeToShard.Success": "Count",
    "SubscribeToShard.RateExceeded": "Count",
    "SubscribeToShardEvent.Bytes": "Bytes",
    "SubscribeToShardEvent.Records": "Count",
    "SubscribeToShardEvent.MillisBehindLatest": "Milliseconds",
    "SubscribeToShardEvent.Success": "Count",
  },
} as const satisfies MetricSet;

const SHARD = {
  namespace,
  dimensions: ["StreamName", "ShardId"],
  units: {
    IncomingBytes: "Bytes",
    IncomingRecords: "Count",
    OutgoingBytes: "Bytes",
    OutgoingRecords: "Count",
    WriteProvisionedThroughputExceeded: "Count",
    ReadProvisionedThroughputExceeded: "Count",
    IteratorAgeMilliseconds: "Milliseconds",
  },
} as const satisfies MetricSet;

type ShardMetric = keyof typeof SHARD.units;
type Monitored = Pick<DataStream, "name" | "shardLevelMetrics">;

/** Of each record of a call: its size, partition key included, and what became of it. */
export interface PutOne {
  readonly byteCount: number;
  readonly outcome: PutOutcome | undefined;
}

export function putRecordMetrics(stream: Monitored, put: PutOne): readonly Measured[] {
  const { stored, throttledCount } = summary([put]);
  return [
    {
      set: PUT_RECORD,
      dimensions: { StreamName: stream.name },
      values: {
        ...incoming(stored, throttledCount),
        "PutRecord.Bytes": put.byteCount,
        "PutRecord.Success": stored.count,
      },
    },
    ...putByShard(stream, [put]),
  ];
}

export function putRecordsMetrics(stream: Monitored, puts: readonly PutOne[]): readonly Measured[] {
  const { stored, throttledCount, byteCount } = summary(puts);
  return [
    {
      set: PUT_RECORDS,
      dimensions: { StreamName: stream.name },
      values: {
        ...incoming(stored, throttledCount),
        "PutRecords.Bytes": byteCount,
        "PutRecords.TotalRecords": puts.length,
        "PutRecords.SuccessfulRecords": stored.count,
        "PutRecords.FailedRecords": puts.length - stored.count - throttledCount,
        "PutRecords.ThrottledRecords": throttledCount,
        "PutRecords.Success": stored.count > 0 ? 1 : 0,
      },
    },
    ...putByShard(stream, puts),
  ];
}

interface Stored {
  readonly count: number;
  readonly byteCount: number;
}

function summary(puts: readonly PutOne[]) {
  let byteCount = 0;
  let throttledCount = 0;
  const stored = { count: 0, byteCount: 0 };
  for (const { byteCount: bytes, outcome } of puts) {
    byteCount += bytes;
    if (outcome?.kind === "throttled") throttledCount += 1;
    if (outcome?.kind !== "stored") continue;
    stored.count += 1;
    stored.byteCount += bytes;
  }
  return { byteCount, throttledCount, stored };
}

/** A call of which nothing was stored brought nothing in. */
function incoming({ count, byteCount }: Stored, throttledCount: number) {
  return {
    ...(count > 0 && { IncomingBytes: byteCount, IncomingRecords: count }),
    ...(throttledCount > 0 && { WriteProvisionedThroughputExceeded: throttledCount }),
  };
}

function putByShard(stream: Monitored, puts: readonly PutOne[]): readonly Measured[] {
  if (stream.shardLevelMetrics.length === 0) return [];
  const byShard = Map.groupBy(puts, ({ outcome }) =>
    outcome === undefined || outcome.kind === "failed" ? undefined : outcome.shardIndex,
  );
  return [...byShard].flatMap(([shardIndex, those]) => {
    if (shardIndex === undefined) return [];
    const { stored, throttledCount } = summary(those);
    return shardMetrics(stream, shardIndex, incoming(stored, throttledCount));
  });
}

/** Those of them that enhanced monitoring asks for. */
function shardMetrics(
  { name, shardLevelMetrics }: Monitored,
  shardIndex: number,
  values: Partial<Record<ShardMetric, number | undefined>>,
): readonly Measured[] {
  const asked = Object.entries(values).filter(
    ([metric, value]) => value !== undefined && shardLevelMetrics.includes(metric),
  );
  if (asked.length === 0) return [];
  return [
    {
      set: SHARD,
      dimensions: { StreamName: name, ShardId: formatShardId(shardIndex) },
      values: Object.fromEntries(asked),
    },
  ];
}

export interface ReadMeasures {
  readonly byteCount: number;
  readonly recordCount: number;
  /** Of the last record; of a page without any, how far behind the tip it is. */
  readonly ageMs: number;
}

/** @param read `throttled`: nothing was read, for others have read too much of the shard */
export function getRecordsMetrics(
  stream: Monitored,
  shardIndex: number,
  read: ReadMeasures | "throttled",
): readonly Measured[] {
  const common = { set: GET_RECORDS, dimensions: { StreamName: stream.name } };
  if (read === "throttled") {
    const ReadProvisionedThroughputExceeded = 1;
    return [
      { ...common, values: { ReadProvisionedThroughputExceeded, "GetRecords.Success": 0 } },
      ...shardMetrics(stream, shardIndex, { ReadProvisionedThroughputExceeded }),
    ];
  }
  const { byteCount, recordCount, ageMs } = read;
  return [
    {
      ...common,
      values: {
        "GetRecords.Bytes": byteCount,
        "GetRecords.Records": recordCount,
        "GetRecords.IteratorAgeMilliseconds": ageMs,
        "GetRecords.Success": 1,
      },
    },
    ...shardMetrics(stream, shardIndex, {
      OutgoingBytes: byteCount,
      OutgoingRecords: recordCount,
      IteratorAgeMilliseconds: ageMs,
    }),
  ];
}

interface Subscribed {
  readonly stream: Monitored;
  readonly consumerName: string;
}

/** A call that was refused, for it came too soon or others have all places. */
export function refusedSubscription({ stream, consumerName }: Subscribed): Measured {
  return {
    set: SUBSCRIBE_TO_SHARD,
    dimensions: { StreamName: stream.name, ConsumerName: consumerName },
    values: { "SubscribeToShard.RateExceeded": 1, "SubscribeToShard.Success": 0 },
  };
}

/** Counts the events of one subscription, which is told of when it is over. */
export class SubscriptionMeter {
  readonly #subscribed: Subscribed;
  readonly #shardIndex: number;
  #byteCount = 0;
  #recordCount = 0;
  #eventCount = 0;
  #behindMs = 0;

  constructor(subscribed: Subscribed, shardIndex: number) {
    this.#subscribed = subscribed;
    this.#shardIndex = shardIndex;
  }

  sent(event: {
    readonly byteCount: number;
    readonly recordCount: number;
    readonly behindMs: number;
  }): void {
    this.#byteCount += event.byteCount;
    this.#recordCount += event.recordCount;
    this.#eventCount += 1;
    this.#behindMs = event.behindMs;
  }

  metrics(): readonly Measured[] {
    const { stream, consumerName } = this.#subscribed;
    return [
      {
        set: SUBSCRIBE_TO_SHARD,
        dimensions: { StreamName: stream.name, ConsumerName: consumerName },
        values: {
          "SubscribeToShard.Success": 1,
          "SubscribeToShardEvent.Bytes": this.#byteCount,
          "SubscribeToShardEvent.Records": this.#recordCount,
          "SubscribeToShardEvent.MillisBehindLatest": this.#behindMs,
          "SubscribeToShardEvent.Success": this.#eventCount,
        },
      },
      ...shardMetrics(stream, this.#shardIndex, {
        OutgoingBytes: this.#byteCount,
        OutgoingRecords: this.#recordCount,
      }),
    ];
  }
}
