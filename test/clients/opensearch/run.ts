/**
 * A real node of OpenSearch that has too little room: it refuses requests that are large, and turns away what comes while it is
 * busy. 100,000 records go there by four delivery streams into one index; in their midst the node is killed, and started again,
 * and so is the stack. Every document stands there, once; what is no document, or breaks the mapping, is among the failed
 * records. Needs Java 17 and Maven.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
} from "@aws-sdk/client-firehose";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { freePort } from "../../../offline/free-port.ts";
import { startStack } from "../../helpers/stack-process.ts";
import { javaLibraries } from "../java.ts";

const HERE = import.meta.dirname;
const STREAMS = ["search-a", "search-b", "search-c", "search-d"] as const;
const RECORD_COUNT = 100_000;
const BATCH_COUNT = 500;
const INDEX = "events";
/** One in so many records is no document, and one breaks the mapping. */
const BROKEN_EVERY = 1000;
const PADDING = "x".repeat(600);
const PATIENCE_MS = 8 * 60_000;
const POLL_MS = 500;

/** What makes it refuse: a request of more than 3 MB, and more than 4 MB under way. */
const TIGHT = [
  "http.max_content_length=3mb",
  "indexing_pressure.memory.limit=4mb",
  "thread_pool.write.size=1",
  "thread_pool.write.queue_size=5",
];

const libraries = javaLibraries("opensearch", HERE);
const home = mkdtempSync(join(tmpdir(), "hydrant-opensearch-"));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;

async function startNode(): Promise<ChildProcess> {
  const memory = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const program = [join(HERE, "Cluster.java"), home, String(port), ...TIGHT];
  const node = spawn("java", [...memory, "-cp", libraries, ...program], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  node.stderr.on("data", (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4000)));
  await until("the node answers", async () => {
    if (node.exitCode !== null) throw new Error(`the node did not start:\n${output}`);
    // Its index, too, once there is one.
    const health = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=5s`);
    return health.status === 200;
  });
  return node;
}

async function killed(node: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => node.once("exit", resolve));
  node.kill("SIGKILL");
  await ended;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const endsAtMs = Date.now() + PATIENCE_MS; Date.now() < endsAtMs; await sleep(POLL_MS)) {
    try {
      if (await isSo()) return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new Error(`not in ${PATIENCE_MS / 60_000} minutes: ${what}`);
}

// oxlint-disable-next-line typescript/no-explicit-any
async function ask(method: string, path: string, body?: object): Promise<any> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

type Kind = "document" | "no document" | "breaks the mapping";

function kindOf(n: number): Kind {
  if (n % BROKEN_EVERY === 1) return "no document";
  return n % BROKEN_EVERY === 2 ? "breaks the mapping" : "document";
}

function textOf(n: number): string {
  switch (kindOf(n)) {
    case "no document":
      return `${n} is no document`;
    case "breaks the mapping":
      return JSON.stringify({ n: `${n} is no number`, pad: PADDING });
    case "document":
      return `${JSON.stringify({ n, pad: PADDING })}\n`;
  }
}

async function put(firehose: FirehoseClient, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += BATCH_COUNT) {
    const texts = Array.from({ length: BATCH_COUNT }, (_, i) => textOf(n + i));
    const DeliveryStreamName = STREAMS[(n / BATCH_COUNT) % STREAMS.length]!;
    let left = texts.map((text) => ({ Data: Buffer.from(text) }));
    while (left.length > 0) {
      const { RequestResponses = [] } = await firehose.send(
        new PutRecordBatchCommand({ DeliveryStreamName, Records: left }),
      );
      left = left.filter((_, i) => RequestResponses[i]?.ErrorCode !== undefined);
      if (left.length > 0) await sleep(POLL_MS);
    }
  }
}

/** Lines of failed records. */
async function failedLines(s3: S3Client, Bucket: string): Promise<readonly string[]> {
  const lines: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: "failed/", ContinuationToken: token }),
    );
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const text = (await Body?.transformToString()) ?? "";
      lines.push(...text.split("\n").filter(Boolean));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return lines;
}

/** All documents, page by page: their numbers, and how many were written more than once. */
async function readAll(): Promise<{ readonly numbers: readonly number[]; repeated: number }> {
  await ask("POST", `/${INDEX}/_refresh`);
  const numbers: number[] = [];
  let repeated = 0;
  for (let after: readonly unknown[] | undefined; ;) {
    const { hits } = await ask("POST", `/${INDEX}/_search`, {
      size: 5000,
      version: true,
      sort: [{ n: "asc" }, { _id: "asc" }],
      _source: ["n"],
      ...(after && { search_after: after }),
    });
    const page = hits.hits as { _source: { n: number }; _version: number; sort: unknown[] }[];
    if (page.length === 0) return { numbers, repeated };
    numbers.push(...page.map(({ _source }) => _source.n));
    repeated += page.filter(({ _version }) => _version > 1).length;
    after = page.at(-1)!.sort;
  }
}

let node = await startNode();
let stack = await startStack();
const client = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const firehose = new FirehoseClient({ ...client, endpoint: stack.apiEndpoint, maxAttempts: 10 });
const s3 = new S3Client({ ...client, endpoint: stack.s3Endpoint, forcePathStyle: true });
let isGood = false;
try {
  await ask("PUT", `/${INDEX}`, {
    settings: { number_of_replicas: 0 },
    mappings: { properties: { n: { type: "long" }, pad: { type: "keyword", index: false } } },
  });
  const RoleARN = "arn:aws:iam::000000000000:role/firehose";
  for (const DeliveryStreamName of STREAMS) {
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        AmazonopensearchserviceDestinationConfiguration: {
          RoleARN,
          ClusterEndpoint: url,
          IndexName: INDEX,
          IndexRotationPeriod: "NoRotation",
          BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 1 },
          RetryOptions: { DurationInSeconds: 7200 },
          S3Configuration: {
            RoleARN,
            BucketARN: `arn:aws:s3:::${stack.deliveryBucket}`,
            ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
            BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
          },
        },
      }),
    );
  }
  const count = async () => ((await ask("GET", `/${INDEX}/_count`)) as { count: number }).count;
  const rejections = async () => {
    const { nodes } = await ask("GET", "/_nodes/stats/indexing_pressure,thread_pool");
    const [stats] = Object.values(nodes) as [
      {
        indexing_pressure: { memory: { total: { coordinating_rejections: number } } };
        thread_pool: { write: { rejected: number } };
      },
    ];
    return (
      stats.indexing_pressure.memory.total.coordinating_rejections +
      stats.thread_pool.write.rejected
    );
  };
  const half = RECORD_COUNT / 2;
  await put(firehose, 0, half);
  await until("some documents are there", async () => (await count()) > 0);
  const rejectedBefore = await rejections();
  console.log(`opensearch: the node is killed at ${await count()} documents`);
  await killed(node);
  await put(firehose, half, (3 * half) / 2);
  node = await startNode();
  const standing = await count();
  await put(firehose, (3 * half) / 2, RECORD_COUNT);
  await until("documents come in again", async () => (await count()) > standing);
  console.log(`opensearch: the stack is killed at ${await count()} documents`);
  await stack.kill9();
  stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });

  const all = Array.from({ length: RECORD_COUNT }, (_, n) => n);
  const wanted = all.filter((n) => kindOf(n) === "document");
  const failedWanted = all.filter((n) => kindOf(n) !== "document").map(textOf);
  await until("all documents are there", async () => (await count()) >= wanted.length);
  await until(
    "all others are among the failed records",
    async () => (await failedLines(s3, stack.deliveryBucket)).length >= failedWanted.length,
  );
  const { numbers, repeated } = await readAll();
  const found = new Set(numbers);
  const lost = wanted.filter((n) => !found.has(n));
  const doubled = numbers.length - found.size;
  const lines = (await failedLines(s3, stack.deliveryBucket)).map(
    (line) => JSON.parse(line) as { rawData: string; errorCode: string },
  );
  const failed = lines.map(({ rawData }) => Buffer.from(rawData, "base64").toString());
  const isFailedRight =
    failed.length === failedWanted.length &&
    failedWanted.every((text) => failed.includes(text)) &&
    new Set(lines.map(({ errorCode }) => errorCode)).size === 2;
  const rejected = rejectedBefore + (await rejections());
  console.log(
    `opensearch: ${RECORD_COUNT} records, ${numbers.length} documents, ${lost.length} lost, ${doubled} doubled, ${repeated} written again, ${failed.length} failed (${isFailedRight ? "the right ones" : "not the right ones"}); the node turned ${rejected} requests away`,
  );
  isGood = lost.length === 0 && doubled === 0 && numbers.length === wanted.length && isFailedRight;
  if (rejected === 0) {
    console.log("opensearch: the node was never too busy, so nothing is known of that");
    isGood = false;
  }
} finally {
  firehose.destroy();
  s3.destroy();
  await stack.stop();
  await killed(node);
  for (const path of [stack.dataDir, home]) rmSync(path, { recursive: true, force: true });
}
process.exit(isGood ? 0 : 1);
