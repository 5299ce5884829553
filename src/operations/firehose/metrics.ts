/**
 * What calls on delivery streams measure, under AWS's names. What came in counts once it is stored; AWS says "after
 * throttling".
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
import { FIREHOSE_METRICS as namespace, type Measured, type MetricSet } from "../../metrics.ts";
import type { PutQuota } from "../context.ts";

const dimensions = ["DeliveryStreamName"];

const INCOMING = {
  IncomingBytes: "Bytes",
  IncomingRecords: "Count",
  IncomingPutRequests: "Count",
  ThrottledRecords: "Count",
  BytesPerSecondLimit: "Bytes",
  RecordsPerSecondLimit: "Count",
  PutRequestsPerSecondLimit: "Count",
} as const;

const PUT_RECORD = {
  namespace,
  dimensions,
  units: {
    ...INCOMING,
    "PutRecord.Bytes": "Bytes",
    "PutRecord.Requests": "Count",
    "PutRecord.Latency": "Milliseconds",
  },
  latency: "PutRecord.Latency",
} as const satisfies MetricSet;

const PUT_RECORD_BATCH = {
  namespace,
  dimensions,
  units: {
    ...INCOMING,
    "PutRecordBatch.Bytes": "Bytes",
    "PutRecordBatch.Records": "Count",
    "PutRecordBatch.Requests": "Count",
    "PutRecordBatch.Latency": "Milliseconds",
  },
  latency: "PutRecordBatch.Latency",
} as const satisfies MetricSet;

export interface PutMeasures {
  readonly byteCount: number;
  readonly recordCount: number;
  readonly isThrottled: boolean;
  /** Absent: the stream has none. */
  readonly quota: PutQuota | undefined;
}

export function putRecordMetrics(stream: string, put: PutMeasures): Measured {
  return {
    set: PUT_RECORD,
    dimensions: { DeliveryStreamName: stream },
    values: { ...incoming(put), "PutRecord.Bytes": put.byteCount, "PutRecord.Requests": 1 },
  };
}

export function putRecordBatchMetrics(stream: string, put: PutMeasures): Measured {
  return {
    set: PUT_RECORD_BATCH,
    dimensions: { DeliveryStreamName: stream },
    values: {
      ...incoming(put),
      "PutRecordBatch.Bytes": put.byteCount,
      "PutRecordBatch.Records": put.recordCount,
      "PutRecordBatch.Requests": 1,
    },
  };
}

function incoming({ byteCount, recordCount, isThrottled, quota }: PutMeasures) {
  return {
    ...(isThrottled
      ? { ThrottledRecords: recordCount }
      : { IncomingBytes: byteCount, IncomingRecords: recordCount, IncomingPutRequests: 1 }),
    ...(quota && {
      BytesPerSecondLimit: quota.byteCount,
      RecordsPerSecondLimit: quota.recordCount,
      PutRequestsPerSecondLimit: quota.callCount,
    }),
  };
}

/** Those on one stream, but for the list, which is the account's. AWS calls UpdateDestination so. */
const CALLS = {
  DescribeDeliveryStream: callSet("DescribeDeliveryStream", dimensions),
  ListDeliveryStreams: callSet("ListDeliveryStreams", []),
  UpdateDeliveryStream: callSet("UpdateDeliveryStream", dimensions),
};

function callSet(name: string, of: readonly string[]): MetricSet {
  const latency = `${name}.Latency`;
  const units = { [`${name}.Requests`]: "Count", [latency]: "Milliseconds" } as const;
  return { namespace, dimensions: of, units, latency };
}

/** @param stream empty where the call is on none */
export function callMetrics(name: keyof typeof CALLS, stream = ""): Measured {
  return {
    set: CALLS[name],
    dimensions: { DeliveryStreamName: stream },
    values: { [`${name}.Requests`]: 1 },
  };
}
