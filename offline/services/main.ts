/**
 * The embedded services as one process beside the functions: DynamoDB, S3, SQS and their upkeep. It lives
 * exactly as long as the channel to its parent: when the parent goes, however it goes, everything here ends.
 * SIGUSR2 takes S3 away and gives it back, so that tests can see an outage.
 */
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimDirectory, removeUnclaimed } from "../claimed.ts";
import { ANY_PORT, listenAsWished, type PortWish } from "../listen.ts";
import { tryLock } from "../lock.ts";
import { startGuard } from "../guard.ts";
import { readOrigins, type AllowedOrigins } from "../origins.ts";
import { endLeftovers } from "../processes.ts";
import { hostOf, readReach, type Reach } from "../reach.ts";
import { dynamodbDoor } from "./dynamodb-door.ts";
import { startDynamodb } from "./dynamodb.ts";
import { deleteExpired } from "./expiry.ts";
import { guardPages, JSON_REFUSAL } from "./pages.ts";
import { ensureSealKey } from "./seal-key.ts";
import { startS3 } from "./s3/server.ts";
import { startSqs } from "./sqs.ts";
import { openStreamRecords } from "./stream-records.ts";
import type { ServiceAddresses, ServiceOptions } from "./host.ts";

const UPKEEP_INTERVAL_MS = 60_000;
/** For the services of a stack that was killed to end, too. */
const LOCK_TIMEOUT_MS = 10_000;
const LOCK_POLL_MS = 50;

const tablesIn = (directory: string) => join(directory, "dynamodb", "tables.db");
const endings: (() => void)[] = [];

/** The parent may be gone by now; then `disconnect` says so. */
function tell(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

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
// Ctrl-C and the end of a terminal reach all processes of it; the parent decides when it is our turn.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
process.on("SIGTERM", () => end(0));
process.on("uncaughtException", (error) => {
  console.error(error);
  end(1);
});
// There may be no terminal any more.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

async function start(options: ServiceOptions): Promise<ServiceAddresses> {
  const { dataDir, dynamodbPort = ANY_PORT, sqsPort = ANY_PORT, isLimited = false } = options;
  const origins = readOrigins(process.env["HYDRANT_ORIGINS"]);
  if (dataDir !== undefined) await lock(dataDir);
  const reach = readReach(process.env);
  const directory = dataDir ?? scratchDirectory();
  const isOwn = options.dynamodbEndpoint === undefined;
  const keyFile = ensureSealKey(directory, isOwn && existsSync(tablesIn(directory)));
  const dynamodb = isOwn
    ? await startTables(directory, dataDir === undefined)
    : { endpoint: options.dynamodbEndpoint };
  const door =
    options.dynamodbEndpoint ??
    (await openDoor(dynamodb.endpoint, { wish: dynamodbPort, origins, reach, isLimited }));
  const s3 = await startS3({
    port: options.s3Port,
    ...hostOf(reach, "s3"),
    origins,
    ...(dataDir === undefined ? {} : { directory: join(dataDir, "s3") }),
  });
  endings.push(() => s3.stop());
  const sqs = await startSqs({
    port: sqsPort,
    ...hostOf(reach, "sqs"),
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
    dynamodbDoor: door,
    s3Endpoint: s3.endpoint,
    sqsEndpoint: sqs.endpoint,
    streamKeyFile: keyFile,
    ...("pid" in dynamodb ? { dynamodbPid: dynamodb.pid, sealKeyFile: keyFile } : {}),
  };
}

async function openDoor(
  endpoint: string,
  options: {
    readonly wish: PortWish;
    readonly origins: AllowedOrigins;
    readonly reach: Reach;
    readonly isLimited: boolean;
  },
): Promise<string> {
  const door = dynamodbDoor(endpoint, options.isLimited);
  guardPages(door, options.origins, JSON_REFUSAL);
  const { host } = hostOf(options.reach, "dynamodb");
  const port = await listenAsWished(door, options.wish, "HYDRANT_DYNAMODB_PORT", host);
  return `http://127.0.0.1:${port}`;
}

/** Held until the last of what is written here is written. */
async function lock(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const held = tryLock(dataDir, "services.db");
    if (held !== undefined) return void endings.push(() => held.release());
    if (performance.now() > deadline) {
      throw new Error(`the embedded services of an earlier stack are still using ${dataDir}`);
    }
    await sleep(LOCK_POLL_MS);
  }
}

/** @param isScratch nothing is kept beyond the end */
async function startTables(directory: string, isScratch: boolean) {
  const file = tablesIn(directory);
  endLeftovers(file);
  mkdirSync(dirname(file), { recursive: true });
  const running = await startDynamodb(file, (child) => {
    const guard = startGuard(isScratch ? directory : undefined);
    if (child.pid !== undefined) guard.watch(child.pid);
    endings.push(() => child.kill("SIGKILL"));
  });
  running.process.once("exit", () => {
    console.error("the embedded DynamoDB ended");
    end(1);
  });
  const records = openStreamRecords(file);
  endings.push(() => records.close());
  void keepUp(running.endpoint, () => records.trim(Date.now())).catch(fail);
  return { endpoint: running.endpoint, pid: running.process.pid ?? 0 };
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
  const parent = existsSync(memory) ? memory : tmpdir();
  const prefix = "hydrant-memory-";
  removeUnclaimed(parent, prefix, (path) => endLeftovers(tablesIn(path)));
  const claimed = claimDirectory(parent, prefix);
  endings.push(() => claimed.release());
  return claimed.path;
}

function fail(error: unknown): void {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  setImmediate(() => end(1));
}

process.once("message", (options: ServiceOptions) => {
  start(options).then((addresses) => tell({ kind: "ready", addresses }), fail);
});
