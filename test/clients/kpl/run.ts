/**
 * The Kinesis Producer Library, whose native part speaks TLS only, and asks STS and CloudWatch beside Kinesis: every
 * record that it acknowledged is in the stream, once, and it has nothing to complain of. Needs Java 17 and Maven.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { deaggregate } from "../../../src/streams/deaggregate.ts";
import { compareLines } from "../../helpers/delivered.ts";
import { startStack } from "../../helpers/stack-process.ts";

const HERE = import.meta.dirname;
const LIBRARIES = join(HERE, "../../../node_modules/.cache/clients/kpl");
const RECORD_COUNT = 20_000;
const STREAM = "produced";

if (!existsSync(LIBRARIES)) {
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${LIBRARIES}`];
  execFileSync("mvn", ["-q", "-B", ...goal], { cwd: HERE, stdio: "inherit" });
}

/** @returns what the library logged */
async function produce(port: number): Promise<string> {
  const java = spawn(
    "java",
    [
      "-cp",
      join(LIBRARIES, "*"),
      join(HERE, "Produce.java"),
      String(port),
      STREAM,
      String(RECORD_COUNT),
    ],
    {
      // It would ask the machine for credentials and its zone, and complain.
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: "true" },
      stdio: ["ignore", "inherit", "pipe"],
    },
  );
  let log = "";
  java.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const code = await new Promise((resolve) => java.once("close", resolve));
  if (code !== 0) throw new Error(`java ended with ${String(code)}:\n${log}`);
  return log;
}

async function read(kinesis: KinesisClient): Promise<readonly string[]> {
  const start = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName: STREAM,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const found: string[] = [];
  let iterator = start.ShardIterator;
  for (;;) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
    for (const { Data = Buffer.of(), PartitionKey = "" } of page.Records ?? []) {
      for (const { data } of deaggregate({ data: Data, partitionKey: PartitionKey })) {
        found.push(Buffer.from(data).toString());
      }
    }
    if (page.Records?.length === 0 && page.MillisBehindLatest === 0) return found;
    iterator = page.NextShardIterator;
  }
}

const stack = await startStack({ environment: { HYDRANT_TLS: "1" } });
const kinesis = new KinesisClient({
  endpoint: stack.apiEndpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
let isGood = false;
try {
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  const log = await produce(stack.ports.api);
  const complaints = log
    .split("\n")
    .filter((line) => /\b(WARN|ERROR)\b|\[(warning|error)\]/.test(line));
  for (const line of complaints) console.log(line);
  const sent = Array.from({ length: RECORD_COUNT }, (_, n) => `record ${n}\n`);
  const { lost, doubled, foreign } = compareLines(sent, await read(kinesis));
  console.log(
    `kpl: ${RECORD_COUNT} records sent, ${lost.length} lost, ${doubled.length} doubled, ${foreign.length} foreign, ${complaints.length} complaints`,
  );
  isGood = lost.length + doubled.length + foreign.length + complaints.length === 0;
} finally {
  kinesis.destroy();
  await stack.stop();
  rmSync(stack.dataDir, { recursive: true, force: true });
}
process.exit(isGood ? 0 : 1);
