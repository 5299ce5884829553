/**
 * How much CPU does a call of the api function cost? From the gateway's event to its answer, with the calls to DynamoDB
 * and S3 over loopback to a process that answers at once (its time is not counted), against the least that anyone must
 * do with it: parse the JSON, decode the base64, hash the body for the signature.
 */
import { createHash } from "node:crypto";
import { systemRandom as random } from "../src/random.ts";
import { dynamodbClient, promptS3Client } from "../src/storage/clients.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbProofs } from "../src/storage/dynamodb/proofs.ts";
import { promptBodyPut } from "../src/storage/s3/bodies.ts";
import { accessLogs } from "./access-logs.ts";
import { startAnsweringServices } from "./answering-services.ts";
import { apiFunction } from "./api-function.ts";
import { compareCpu, type Measured } from "./measure.ts";
import { BENCH_REGION, putEvent } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

const CALLS = [
  { count: 500, recordBytes: 1024, runsPerRound: 20 },
  { count: 500, recordBytes: 100, runsPerRound: 80 },
  { count: 1, recordBytes: 1024, runsPerRound: 400 },
];

export async function apiCpu(): Promise<readonly Table[]> {
  const services = await startAnsweringServices();
  try {
    return [await measure(services.endpoint)];
  } finally {
    await services.stop();
  }
}

async function measure(endpoint: string): Promise<Table> {
  const where = {
    region: BENCH_REGION,
    endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const client = dynamodbClient(where);
  const s3 = promptS3Client({ ...where, pathStyle: true });
  const tables = { client, logTable: "hydrant-log", stateTable: "hydrant-state" };
  const bodies = { put: promptBodyPut(s3, "hydrant-log-bucket", random) };
  const stores = { log: dynamodbLog(tables), bodies, proofs: dynamodbProofs(tables) };
  const ours = await apiFunction(["access-logs"], stores);
  const bare = await apiFunction(["access-logs"]);
  const rows: (string | number)[][] = [];
  for (const { count, recordBytes, runsPerRound } of CALLS) {
    const event = await putEvent("access-logs", accessLogs({ count, recordBytes }));
    const contenders = [
      { name: "floor", run: () => floorOf(event.body ?? "") },
      { name: "without stores", run: () => bare(event) },
      { name: "api", run: () => ours(event) },
    ];
    const measured = await compareCpu(contenders, { rounds: 30, runsPerRound });
    const [least, alone, api] = measured as [Measured, Measured, Measured];
    const perRecord = (ms: number) => fixed((ms * 1000) / count, 2);
    rows.push([
      `${count} × ${recordBytes} B`,
      perRecord(least.medianMs),
      perRecord(alone.medianMs),
      perRecord(api.medianMs),
      perRecord(api.leastMs),
      `${fixed(api.ratio, 2)} (${api.ratioQuartiles.map((ratio) => fixed(ratio, 2)).join("–")})`,
    ]);
  }
  return {
    title: "CPU of the api function per record",
    columns: [
      "call",
      "floor, µs",
      "without DynamoDB and S3, µs",
      "Hydrant, µs (median)",
      "Hydrant, µs (least)",
      "ratio (quartiles)",
    ],
    rows,
  };
}

function floorOf(body: string): string {
  const hash = createHash("sha256").update(body).digest("hex");
  const { Records, Record: single } = JSON.parse(body) as {
    readonly Records?: readonly { readonly Data: string }[];
    readonly Record?: { readonly Data: string };
  };
  let byteCount = 0;
  for (const { Data } of Records ?? [single!]) byteCount += Buffer.from(Data, "base64").length;
  return `${hash} ${byteCount}`;
}
