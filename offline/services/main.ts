/**
 * The embedded services as one process beside the functions: DynamoDB, S3, SQS and their upkeep. It lives
 * exactly as long as the channel to its parent: when the parent goes, however it goes, everything here ends.
 * SIGUSR2 takes S3 away and gives it back, so that tests can see an outage.
 */
import { mkdirSync, mkdtempSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ANY_PORT, listenAsWished, type PortWish } from "../listen.ts";
import { readOrigins, type AllowedOrigins } from "../origins.ts";
import { doorTo } from "./door.ts";
import { startDynamodb } from "./dynamodb.ts";
import { deleteExpired } from "./expiry.ts";
import { guardPages, JSON_REFUSAL } from "./pages.ts";
import { ensureSealKey } from "./seal-key.ts";
import { startS3 } from "./s3.ts";
import { startSqs } from "./sqs.ts";
import { openStreamRecords } from "./stream-records.ts";
import type { ServiceAddresses, ServiceOptions } from "./host.ts";

const UPKEEP_INTERVAL_MS = 60_000;

const endings: (() => void)[] = [];
const tell = (message: object) => process.send?.(message);

function end(code: number): never {
  for (const ending of endings.toReversed()) {
    try {
      ending();
    } catch (error) {
      console.error(error);
    }
  }
  process.exit(code);
}

process.on("disconnect", () => end(0));
// Ctrl-C reaches the whole terminal; the parent decides when it is our turn.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => end(0));

async function start(options: ServiceOptions): Promise<ServiceAddresses> {
  const { dataDir, dynamodbPort = ANY_PORT, sqsPort = ANY_PORT } = options;
  const origins = readOrigins(process.env["HYDRANT_ORIGINS"]);
  const dynamodb =
    options.dynamodbEndpoint === undefined
      ? await startTables(dataDir ?? scratchDirectory())
      : { endpoint: options.dynamodbEndpoint };
  const dynamodbDoor =
    options.dynamodbEndpoint ?? (await openDoor(dynamodb.endpoint, dynamodbPort, origins));
  const s3 = await startS3({
    port: options.s3Port,
    origins,
    ...(dataDir === undefined ? {} : { directory: join(dataDir, "s3") }),
  });
  endings.push(() => s3.stop());
  const sqs = await startSqs({
    port: sqsPort,
    origins,
    ...(dataDir === undefined ? {} : { directory: join(dataDir, "sqs") }),
  });
  endings.push(() => sqs.stop());
  let isUp = true;
  process.on("SIGUSR2", () => {
    isUp = !isUp;
    if (isUp) s3.resume().catch(fail);
    else s3.pause();
  });
  return {
    dynamodbEndpoint: dynamodb.endpoint,
    dynamodbDoor,
    s3Endpoint: s3.endpoint,
    sqsEndpoint: sqs.endpoint,
    ...("pid" in dynamodb ? { dynamodbPid: dynamodb.pid, sealKey: dynamodb.sealKey } : {}),
  };
}

async function openDoor(
  endpoint: string,
  wish: PortWish,
  origins: AllowedOrigins,
): Promise<string> {
  const door = doorTo(endpoint);
  guardPages(door, origins, JSON_REFUSAL);
  return `http://127.0.0.1:${await listenAsWished(door, wish, "HYDRANT_DYNAMODB_PORT")}`;
}

async function startTables(directory: string) {
  const file = join(directory, "dynamodb", "tables.db");
  const hasDatabase = existsSync(file);
  mkdirSync(dirname(file), { recursive: true });
  const sealKey = ensureSealKey(directory, hasDatabase);
  const running = await startDynamodb(file);
  endings.push(() => running.process.kill("SIGKILL"));
  // Known to the parent at once: should all of us be killed, the next start must find it.
  tell({ kind: "dynamodb", pid: running.process.pid });
  running.process.once("exit", () => {
    console.error("the embedded DynamoDB ended");
    end(1);
  });
  const records = openStreamRecords(file);
  endings.push(() => records.close());
  void keepUp(running.endpoint, () => records.trim(Date.now())).catch(fail);
  return { endpoint: running.endpoint, pid: running.process.pid ?? 0, sealKey };
}

async function keepUp(endpoint: string, trim: () => boolean): Promise<never> {
  for (;;) {
    await sleep(UPKEEP_INTERVAL_MS);
    const startedAt = Date.now();
    while (trim()) await sleep(5);
    await deleteExpired(endpoint, startedAt).catch((error: unknown) => console.error(error));
    // A large table must not be read all the time.
    await sleep(20 * (Date.now() - startedAt));
  }
}

function scratchDirectory(): string {
  const memory = "/dev/shm";
  const directory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "hydrant-"));
  endings.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function fail(error: unknown): void {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  setImmediate(() => end(1));
}

process.once("message", (options: ServiceOptions) => {
  start(options).then((addresses) => tell({ kind: "ready", addresses }), fail);
});
