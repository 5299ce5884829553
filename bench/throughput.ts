/**
 * How much does the offline stack take? Four SDK clients in a process of their own put for a while; producers,
 * stack, DynamoDB and S3 share the machine's cores. Everything put is delivered before the count is taken.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { eventually } from "../test/helpers/eventually.ts";
import type { ProducersOptions, ProducersResult } from "./producers.ts";
import { fixed, type Table } from "./report.ts";
import { createStream, firehoseClient, withStack } from "./stack.ts";

const CLIENT_COUNT = 4;
const WARM_UP_MS = 3000;
const DURATION_MS = 12_000;
const DELIVERED_WITHIN_MS = 60_000;

const LOADS = [
  { name: "PutRecordBatch, 500 × 1 KiB", recordsPerCall: 500, recordBytes: 1024 },
  { name: "PutRecordBatch, 500 × 100 B", recordsPerCall: 500, recordBytes: 100 },
  { name: "PutRecord, 1 KiB", recordsPerCall: 1, recordBytes: 1024 },
];

interface LogLine {
  readonly event?: string;
  readonly operation?: string;
  readonly streamName?: string;
  readonly deliveredCount?: number;
}

export async function throughput(): Promise<readonly Table[]> {
  const rows: (string | number)[][] = [];
  for (const [i, { name, ...load }] of LOADS.entries()) {
    const row = await withStack(async (stack) => {
      const client = firehoseClient(stack.apiEndpoint);
      const streamName = `throughput-${i}`;
      await createStream(client, stack, { name: streamName, intervalSeconds: 1, sizeMiB: 5 });
      const options = {
        endpoint: stack.apiEndpoint,
        streamName,
        clientCount: CLIENT_COUNT,
        ...load,
      };
      const warmed = await runProducers({ ...options, durationMs: WARM_UP_MS });
      const result = await runProducers({ ...options, durationMs: DURATION_MS });
      const flushes = await eventually(
        `all records of ${streamName} are delivered`,
        async () => {
          const lines = logLines(stack.log()).filter(({ event }) => event === "flush");
          const delivered = lines.reduce((sum, { deliveredCount = 0 }) => sum + deliveredCount, 0);
          return delivered >= result.records + warmed.records ? lines.length : undefined;
        },
        DELIVERED_WITHIN_MS,
      );
      client.destroy();
      const seconds = result.elapsedMs / 1000;
      const perMillion = 1e6 / (result.records + warmed.records);
      return [
        name,
        fixed(result.records / seconds, 0),
        fixed((result.records * load.recordBytes) / 1e6 / seconds, 2),
        fixed(result.calls / seconds, 0),
        `${fixed(result.p50Ms, 0)} / ${fixed(result.p99Ms, 0)}`,
        result.failedRecords,
        fixed((result.calls + warmed.calls) * perMillion, 0),
        fixed(flushes * perMillion, 0),
      ];
    });
    rows.push(row);
  }
  return [
    {
      title: `Throughput of the offline stack, ${CLIENT_COUNT} clients, ${DURATION_MS / 1000} s on the clock`,
      columns: [
        "load",
        "records/s",
        "MB/s",
        "calls/s",
        "p50 / p99, ms",
        "throttled records",
        "api calls per million records",
        "flushes per million records",
      ],
      rows,
    },
  ];
}

async function runProducers(options: ProducersOptions): Promise<ProducersResult> {
  const script = fileURLToPath(new URL("producers.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(stdout) as ProducersResult;
}

function logLines(text: string): readonly LogLine[] {
  return text.split("\n").flatMap((line) => {
    const from = line.indexOf('{"at":');
    if (from < 0) return [];
    try {
      return [JSON.parse(line.slice(from)) as LogLine];
    } catch {
      return [];
    }
  });
}
