/**
 * DynamoDB with streams: the dynoxide binary, on a database file of ours. What it acknowledges is in SQLite's
 * write-ahead log and survives a kill. Where no binary exists, any DynamoDB can be named by its endpoint.
 *
 * It serves every web page that finds it. So it listens where none can look: at a random one of the loopback's
 * sixteen million addresses, where a system has them all. What is told is the address of a door in front of it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
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

/** `onSpawn` hears of the process before it answers. */
export async function startDynamodb(
  databaseFile: string,
  onSpawn: (process: ChildProcess) => void = () => {},
): Promise<RunningDynamodb> {
  const binary = findBinary();
  const { host, port } = await hiddenAddress();
  // In a session of its own, so that Ctrl-C reaches it last, through us.
  const child = spawn(binary, ["--host", host, "--port", String(port), "--db-path", databaseFile], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  onSpawn(child);
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
    const answered = await callAws(endpoint, "DynamoDB_20120810.ListTables", {}).then(
      () => true,
      () => false,
    );
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

async function hiddenAddress(): Promise<{ readonly host: string; readonly port: number }> {
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
