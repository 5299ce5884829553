/**
 * One tenant: sends a record so many times a second, whether answers come or not, and counts what becomes of it. The
 * signing is our own, on one connection pool, so that it takes as little of the machine as it can.
 */
import { parentPort, workerData } from "node:worker_threads";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { type Connection } from "../bin/hydrant/connection.ts";
import { signedHeaders } from "../bin/hydrant/sign.ts";

export interface Tenant {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly streamName: string;
  readonly callsPerSecond: number;
  readonly seconds: number;
}

export interface Sent {
  readonly takenCount: number;
  readonly refusedCount: number;
  readonly otherCount: number;
  /** Of what was taken, but for the first second of a thread, which still loads and compiles what it runs then. */
  readonly latenciesMs: readonly number[];
}

const CONNECTIONS = 64;

export async function send(tenant: Tenant): Promise<Sent> {
  const { endpoint, callsPerSecond, seconds, streamName, accessKeyId, secretAccessKey } = tenant;
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const connection: Connection = {
    endpoint: new URL(endpoint),
    region: "us-east-1",
    accessKeyId,
    secretAccessKey,
  };
  const latenciesMs: number[] = [];
  let takenCount = 0;
  let refusedCount = 0;
  let otherCount = 0;

  async function put(number: number): Promise<void> {
    const body = JSON.stringify({
      StreamName: streamName,
      PartitionKey: String(number),
      Data: Buffer.alloc(300, "a").toString("base64"),
    });
    const headers = signedHeaders(
      connection,
      "kinesis",
      {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Kinesis_20131202.PutRecord",
      },
      body,
      Date.now(),
    );
    const startedAt = performance.now();
    const answer = await request(endpoint, { method: "POST", headers, body, dispatcher });
    const text = await answer.body.text();
    if (answer.statusCode === 200) {
      takenCount++;
      if (number >= callsPerSecond) latenciesMs.push(performance.now() - startedAt);
    } else if (text.includes("ProvisionedThroughputExceededException")) refusedCount++;
    else otherCount++;
  }

  const all: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < callsPerSecond * seconds; number++) {
    const dueAt = startedAt + (number * 1000) / callsPerSecond;
    if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    all.push(put(number).catch(() => void otherCount++));
  }
  await Promise.all(all);
  await dispatcher.close();
  return { takenCount, refusedCount, otherCount, latenciesMs };
}

const tenant = workerData as Tenant | undefined;
if (tenant?.streamName !== undefined) parentPort?.postMessage(await send(tenant));
