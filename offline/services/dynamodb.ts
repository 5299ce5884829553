/**
 * DynamoDB with streams: the dynoxide binary, on a database file of ours. What it acknowledges is in SQLite's
 * write-ahead log and survives a kill. Where no binary exists, any DynamoDB can be named by its endpoint.
 *
 * It serves every web page that finds it. So it listens where none can look: at a random one of the loopback's
 * sixteen million addresses, where a system has them all. What is told is the address of a door in front of it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import { callAws } from "../aws-json.ts";

/** Slow disks and busy machines start slowly; past this something is wrong. */
const READY_TIMEOUT_MS = 10_000;

export interface RunningDynamodb {
  readonly endpoint: string;
  readonly process: ChildProcess;
}

/** A port that was free a moment ago may be another's by the time that the database asks for it. */
const PORTS_MAX_COUNT = 5;
const PORT_IS_TAKEN = /port \d+ is already in use/;

/** `onSpawn` hears of the process before it answers. */
export async function startDynamodb(
  databaseFile: string,
  onSpawn: (process: ChildProcess) => void = () => {},
  addresses: () => Promise<Address> = hiddenAddress,
): Promise<RunningDynamodb> {
  for (let tried = 1; ; tried++) {
    try {
      return await startAt(await addresses(), databaseFile, onSpawn);
    } catch (error) {
      const isTaken = error instanceof Error && PORT_IS_TAKEN.test(error.message);
      if (!isTaken || tried === PORTS_MAX_COUNT) throw error;
    }
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

async function startAt(
  { host, port }: Address,
  databaseFile: string,
  onSpawn: (process: ChildProcess) => void,
): Promise<RunningDynamodb> {
  const binary = findBinary();
  // In a session of its own, so that Ctrl-C reaches it last, through us.
  const child = spawn(binary, ["--host", host, "--port", String(port), "--db-path", databaseFile], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  onSpawn(child);
  const over = () => false;
  const ended = once(child, "exit").then(over, over);
  let complaint = "";
  child.stderr?.on(
    "data",
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)),
  );
  const endpoint = `http://${host}:${port}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the embedded DynamoDB ended at once: ${complaint.trim()}`);
    }
    // Whoever has the port may keep a call waiting.
    const answered = await Promise.race([
      ended,
      callAws(endpoint, "DynamoDB_20120810.ListTables", {}).then(
        () => true,
        () => false,
      ),
    ]);
    if (answered) return { endpoint, process: child };
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(
        `the embedded DynamoDB did not answer in ${READY_TIMEOUT_MS} ms: ${complaint.trim()}`,
      );
    }
    await sleep(20);
  }
}

async function hiddenAddress(): Promise<Address> {
  const host = ["127", randomInt(256), randomInt(256), randomInt(1, 255)].join(".");
  try {
    return { host, port: await freePort(host) };
  } catch {
    // Not every system has more of the loopback than one address.
    return { host: "127.0.0.1", port: await freePort() };
  }
}

function findBinary(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve("@dynoxide/linux-x64/package.json");
    return executable(join(dirname(manifest), "dynoxide"));
  } catch {
    // Not this platform, or optional dependencies were left out.
  }
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      return executable(join(directory, "dynoxide"));
    } catch {
      // Look further.
    }
  }
  throw new Error(
    `no embedded DynamoDB for ${process.platform}-${process.arch}: put a dynoxide binary on the PATH, or set ` +
      "AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB with streams that is already running, such as DynamoDB Local",
  );
}

function executable(path: string): string {
  accessSync(path, constants.X_OK);
  return path;
}
