/**
 * Iceberg tables before a catalog and readers that others wrote: Iceberg's own REST catalog, PyIceberg and DuckDB. 100,000 records
 * go into one table while the catalog is killed and started again, and each is there once, as it was sent; changes of keys leave
 * what the last of them say. Needs Python 3, Java 17 and Maven.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
} from "@aws-sdk/client-firehose";
import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { freePort } from "../../../offline/free-port.ts";
import { startStack } from "../../helpers/stack-process.ts";
import { javaLibraries } from "../java.ts";
import { pythonWith } from "../python.ts";

const HERE = import.meta.dirname;
const RECORD_COUNT = 100_000;
const BATCH_COUNT = 500;
const CHANGE_COUNT = 3000;
const KEY_COUNT = 200;
const PATIENCE_MS = 180_000;
const DUCKDB = "1.5.5";

const ROLE = "arn:aws:iam::000000000000:role/firehose";
const CATALOG = "arn:aws:glue:us-east-1:000000000000:catalog/rest/lake";

const libraries = javaLibraries("iceberg", HERE);
const python = join(
  pythonWith("iceberg", [
    "pyiceberg[pyarrow]==0.12.0",
    `duckdb==${DUCKDB}`,
    `duckdb-extensions==${DUCKDB}`,
    ...["httpfs", "avro", "iceberg"].map((name) => `duckdb-extension-${name}==${DUCKDB}`),
  ]),
  "python3",
);
const folder = mkdtempSync(join(tmpdir(), "hydrant-iceberg-"));
const port = await freePort();
const uri = `http://127.0.0.1:${port}`;
const stack = await startStack({ environment: { HYDRANT_ICEBERG_CATALOGS: `lake=${uri}` } });
const client = {
  endpoint: stack.apiEndpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const firehose = new FirehoseClient(client);
const kinesis = new KinesisClient(client);
let catalog: ChildProcess | undefined;
let code = 1;
try {
  catalog = await startCatalog();
  read("make");
  await createStream("appended", {});
  await appendAll();
  await changeKeys();
  code = 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  catalog?.kill("SIGKILL");
  firehose.destroy();
  kinesis.destroy();
  await stack.stop();
  for (const path of [stack.dataDir, folder]) rmSync(path, { recursive: true, force: true });
}
process.exit(code);

async function startCatalog(): Promise<ChildProcess> {
  const warehouse = `s3://${stack.deliveryBucket}/warehouse`;
  const child = spawn(
    "java",
    [
      "-Xmx384m",
      "-XX:+UseSerialGC",
      "-cp",
      libraries,
      join(HERE, "Catalog.java"),
      String(port),
      stack.s3Endpoint,
      warehouse,
      join(folder, "catalog.db"),
    ],
    { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, AWS_CA_BUNDLE: undefined } },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (said: Buffer) => {
      if (said.toString().includes("ready")) resolve();
    });
    child.once("exit", (end) => reject(new Error(`the catalog ended with ${end}`)));
  });
  return child;
}

function read(deed: "make" | "appended" | "changed"): string {
  const script = [join(HERE, "tables.py"), deed, uri, stack.s3Endpoint];
  return execFileSync(python, script, {
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
    encoding: "utf8",
    env: { ...process.env, AWS_CA_BUNDLE: undefined },
  });
}

async function createStream(table: string, members: object): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: table,
      IcebergDestinationConfiguration: {
        RoleARN: ROLE,
        CatalogConfiguration: { CatalogARN: CATALOG },
        DestinationTableConfigurationList: [
          { DestinationDatabaseName: "db", DestinationTableName: table },
        ],
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
        S3Configuration: {
          RoleARN: ROLE,
          BucketARN: `arn:aws:s3:::${stack.deliveryBucket}`,
          ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
        },
        ...("processing" in members && { ProcessingConfiguration: members.processing as object }),
      },
      ...("source" in members && {
        DeliveryStreamType: "KinesisStreamAsSource" as const,
        KinesisStreamSourceConfiguration: {
          KinesisStreamARN: members.source as string,
          RoleARN: ROLE,
        },
      }),
    }),
  );
}

function rowOf(id: number) {
  return {
    id,
    name: `näme ${id} ${"x".repeat(id % 40)}`,
    at: `2026-11-0${1 + (id % 3)}T00:00:${String(id % 60).padStart(2, "0")}.5Z`,
    price: `${id}.125`,
    uid: `${String(id).padStart(8, "0")}-0000-4000-8000-000000000000`,
    tags: [`t${id % 7}`, null],
    who: { age: id % 90 },
  };
}

async function appendAll(): Promise<void> {
  const startedAtMs = Date.now();
  for (let from = 0; from < RECORD_COUNT; from += BATCH_COUNT) {
    if (from === RECORD_COUNT / 2) await replaceCatalog();
    await putBatch(Array.from({ length: BATCH_COUNT }, (_, i) => from + i));
  }
  const found = await until("appended", ({ rows }) => rows.length >= RECORD_COUNT);
  const expected = Array.from({ length: RECORD_COUNT }, (_, id) => {
    const { name, price, uid, tags, who } = rowOf(id);
    return [id, name, price, uid, tags, who.age];
  });
  compare("rows of the appended table", found.rows, expected);
  compare("flushes that came in more than once", [found.flushes], [found.differentFlushes]);
  const ofOneDay = expected.filter(([id]) => Number(id) % 3 === 1).length;
  compare("rows of one day", [found.ofOneDay], [ofOneDay]);
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  console.log(
    `${RECORD_COUNT} records are in the table, each once, by ${found.flushes} commits, the catalog killed among them; ${seconds} s`,
  );
}

/** Killed while records come, and away for some seconds. */
async function replaceCatalog(): Promise<void> {
  catalog?.kill("SIGKILL");
  await sleep(3000);
  catalog = await startCatalog();
}

async function putBatch(ids: readonly number[]): Promise<void> {
  let left = ids;
  while (left.length > 0) {
    const { RequestResponses = [] } = await firehose.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: "appended",
        Records: left.map((id) => ({ Data: Buffer.from(JSON.stringify(rowOf(id))) })),
      }),
    );
    left = left.filter((_, i) => RequestResponses[i]?.ErrorCode !== undefined);
    if (left.length > 0) await sleep(200);
  }
}

/** A data stream keeps the order of each key; a query says what a record does. */
async function changeKeys(): Promise<void> {
  const StreamName = "changes";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 60 }, { StreamName });
  const query = '{destinationDatabaseName: "db", destinationTableName: "changed", operation: .op}';
  await createStream("changed", {
    source: `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`,
    processing: {
      Enabled: true,
      Processors: [
        {
          Type: "MetadataExtraction",
          Parameters: [
            { ParameterName: "MetadataExtractionQuery", ParameterValue: query },
            { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
          ],
        },
      ],
    },
  });
  const expected = new Map<number, string>();
  for (let from = 0; from < CHANGE_COUNT; from += BATCH_COUNT) {
    const changes = Array.from({ length: BATCH_COUNT }, (_, i) => changeOf(from + i));
    for (const { id, op, name } of changes) {
      if (op === "delete") expected.delete(id);
      else expected.set(id, name);
    }
    await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: changes.map((change) => ({
          PartitionKey: String(change.id),
          Data: Buffer.from(JSON.stringify(change)),
        })),
      }),
    );
    await sleep(700);
  }
  const rows = [...expected].toSorted(([a], [b]) => a - b);
  const isDone = (found: Found) => JSON.stringify(found.rows) === JSON.stringify(rows);
  compare("rows of the changed table", (await until("changed", isDone)).rows, rows);
  console.log(
    `${CHANGE_COUNT} changes of ${KEY_COUNT} keys have left ${rows.length} rows, the right ones`,
  );
}

/** From day to day a key's row is in another partition. */
function changeOf(number: number) {
  const id = (number * 7919) % KEY_COUNT;
  const op = number % 5 === 4 ? "delete" : "update";
  return { ...rowOf(number), id, op, name: `change ${number}` };
}

interface Found {
  readonly rows: readonly unknown[];
  readonly flushes: number;
  readonly differentFlushes: number;
  readonly ofOneDay: number;
}

/** As it is once it is so, or when patience is at its end. */
async function until(
  table: "appended" | "changed",
  isSo: (found: Found) => boolean,
): Promise<Found> {
  const endMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = JSON.parse(read(table)) as Found;
    if (isSo(found) || Date.now() > endMs) return found;
    await sleep(2000);
  }
}

function compare(what: string, found: readonly unknown[], expected: readonly unknown[]): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const at = expected.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(found[i]));
  throw new Error(
    `${what}: ${found.length} of ${expected.length}; the first that differs is ${at}: ${JSON.stringify(found[at])} for ${JSON.stringify(expected[at])}`,
  );
}
