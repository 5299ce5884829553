/** What does a stack take that nobody uses? All processes of `npm start`, npm itself among them. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { type ProcessFacts, processTree } from "../test/helpers/process-tree.ts";
import { fixed, type Table } from "./report.ts";
import { createStream, firehoseClient } from "./stack.ts";

const SETTLE_MS = 10_000;
const IDLE_MS = 20_000;
const PUT_COUNT = 5000;
const PUTS_AT_ONCE = 50;
const BUFFER_SECONDS = 60;

export async function atRest(): Promise<readonly Table[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "hydrant-at-rest-"));
  const startedAt = performance.now();
  const npm = spawn("npm", ["start"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...process.env, HYDRANT_PORT: "0", HYDRANT_S3_PORT: "0", HYDRANT_DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => npm.once("close", resolve));
  try {
    let output = "";
    await new Promise<void>((resolve, reject) => {
      npm.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("Hydrant is ready")) resolve();
      });
      npm.once("close", () => reject(new Error(`the stack did not start:\n${output}`)));
    });
    const readyMs = performance.now() - startedAt;
    const fresh = await watch(npm.pid!);
    await putSome(dataDir);
    await sleep((BUFFER_SECONDS + 10) * 1000);
    const used = await watch(npm.pid!);
    return [
      {
        title: "A stack at rest",
        columns: ["", "ready after s", "resident MiB", "proportional MiB", "CPU % of a core"],
        rows: [
          ["just started", fixed(readyMs / 1000, 1), ...fresh.sums],
          [`after ${PUT_COUNT} records were put and delivered`, "", ...used.sums],
        ],
        note: `The sum over npm and all processes below it, ${IDLE_MS / 1000} s watched. By process (resident MiB), just started: ${fresh.byProcess}; later: ${used.byProcess}.`,
      },
    ];
  } finally {
    npm.kill();
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function watch(pid: number) {
  await sleep(SETTLE_MS);
  const before = sum(processTree(pid), "cpuMs");
  await sleep(IDLE_MS);
  const processes = processTree(pid);
  const cpu = (sum(processes, "cpuMs") - before) / IDLE_MS;
  const mib = (kib: number) => fixed(kib / 1024, 0);
  return {
    sums: [
      mib(sum(processes, "residentKiB")),
      mib(sum(processes, "proportionalKiB")),
      fixed(cpu * 100, 1),
    ],
    byProcess: processes
      .map(({ command, residentKiB }) => `${shortName(command)} ${mib(residentKiB)}`)
      .join(", "),
  };
}

async function putSome(dataDir: string): Promise<void> {
  const facts = JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as {
    readonly apiEndpoint: string;
    readonly deliveryBucket: string;
  };
  const client = firehoseClient(facts.apiEndpoint);
  const name = "at-rest";
  await createStream(client, facts, { name, intervalSeconds: BUFFER_SECONDS, sizeMiB: 1 });
  const Data = Buffer.alloc(1000, "a line ");
  let left = PUT_COUNT;
  const put = async () => {
    while (left-- > 0) {
      await client.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data } }));
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, put));
  client.destroy();
}

function sum(processes: readonly ProcessFacts[], key: "cpuMs" | "residentKiB" | "proportionalKiB") {
  return processes.reduce((total, facts) => total + facts[key], 0);
}

/** `node …/offline/services/main.ts` → `services/main.ts` */
function shortName(command: string): string {
  const [program = "", script = ""] = command.split(" ");
  const path = script.startsWith("/") || script.includes(".") ? script : program;
  return path.split("/").slice(-2).join("/");
}
