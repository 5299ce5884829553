/** A process of producers: SDK clients that put as fast as they are answered. Prints what they got done as JSON. */
import { PutRecordBatchCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import { accessLogs } from "./access-logs.ts";
import { quantile } from "./measure.ts";
import { firehoseClient } from "./stack.ts";

export interface ProducersOptions {
  readonly endpoint: string;
  readonly streamName: string;
  readonly clientCount: number;
  /** 1: PutRecord. */
  readonly recordsPerCall: number;
  readonly recordBytes: number;
  readonly durationMs: number;
}

export interface ProducersResult {
  readonly calls: number;
  readonly records: number;
  readonly failedRecords: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function produce(options: ProducersOptions): Promise<ProducersResult> {
  const { streamName, clientCount, recordsPerCall, recordBytes, durationMs } = options;
  const latencies: number[] = [];
  let failedRecords = 0;
  const startedAt = performance.now();
  async function client(seed: number): Promise<void> {
    const firehose = firehoseClient(options.endpoint);
    const logs = accessLogs({ count: recordsPerCall * 8, recordBytes, seed });
    for (let call = 0; performance.now() - startedAt < durationMs; call++) {
      const from = (call % 8) * recordsPerCall;
      const data = logs.slice(from, from + recordsPerCall);
      const before = performance.now();
      if (recordsPerCall === 1) {
        const Record = { Data: data[0]! };
        await firehose.send(new PutRecordCommand({ DeliveryStreamName: streamName, Record }));
      } else {
        const Records = data.map((Data) => ({ Data }));
        const answer = await firehose.send(
          new PutRecordBatchCommand({ DeliveryStreamName: streamName, Records }),
        );
        failedRecords += answer.FailedPutCount ?? 0;
      }
      latencies.push(performance.now() - before);
    }
    firehose.destroy();
  }
  await Promise.all(Array.from({ length: clientCount }, (_, i) => client(i + 1)));
  return {
    calls: latencies.length,
    records: latencies.length * recordsPerCall - failedRecords,
    failedRecords,
    elapsedMs: performance.now() - startedAt,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

console.log(JSON.stringify(await produce(JSON.parse(process.argv[2]!) as ProducersOptions)));
