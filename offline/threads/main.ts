/** The thread of one function: runs as many invocations at once as it is sent. */
import { basename } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { Context } from "aws-lambda";
import { refuseLateCalls } from "../late-calls.ts";
import { recordCalls } from "../recording/record.ts";
import { takeShortWay } from "../short-way/take.ts";
import type { Answer, AnyHandler, Call, ThreadData } from "./host.ts";

refuseLateCalls(process.env["AWS_ENDPOINT_URL_DYNAMODB"]);
takeShortWay(process.env["HYDRANT_SHORT_WAY"]);

const { module, name: handlerName } = workerData as ThreadData;
recordCalls(process.env["HYDRANT_RECORD_CALLS"], basename(module, ".mjs"));
const handler = ((await import(module)) as Record<string, AnyHandler>)[handlerName]!;

// From here on: a stray rejection of one invocation must not end the others.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, (error: unknown) => console.error(error));
}

parentPort?.on("message", (call: Call) => void run(call));

async function run({ id, event, context, deadlineMs }: Call): Promise<void> {
  const getRemainingTimeInMillis = () => Math.max(0, deadlineMs - Date.now());
  try {
    answer({
      id,
      result: await handler(event, { ...context, getRemainingTimeInMillis } as Context),
    });
  } catch (thrown) {
    const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    answer({ id, error: { name, message, ...(stack !== undefined && { stack }) } });
  }
}

function answer(message: Answer): void {
  parentPort?.postMessage(message);
}
