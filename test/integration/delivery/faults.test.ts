/** Delivery through a power cut and through an outage of S3, on a stack of the test's own. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { compareLines, EXACTLY_ONCE, linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { patientRetries } from "../../helpers/patient-retries.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { type StackProcess, startStack } from "../../helpers/stack-process.ts";
import { bucketOf, clientOf, createStream, drained, putAll, putBatch } from "./streams.ts";

/** Whoever takes over from a process that died waits for its lease to end, which takes up to half a minute. */
const TAKE_OVER_TIMEOUT_MS = 120_000;
/** Goes on while a stack starts again on a busy machine. */
const PATIENT = { retryStrategy: patientRetries(400) };

const random = seededRandom(44);
/** A line with so much behind it that no compression makes forty of them fit into an item. */
const padded = (line: string) =>
  `${line.trimEnd()} ${Buffer.from(random.bytes(20_000)).toString("hex")}\n`;

const scratch = mkdtempSync(join(tmpdir(), "hydrant-faults-"));
let stack: StackProcess;
beforeAll(async () => {
  stack = await startStack({ dataDir: join(scratch, "stack") });
});
afterAll(async () => {
  await stack.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it(
  "delivers every line once although everything is killed amid the puts",
  { timeout: TAKE_OVER_TIMEOUT_MS },
  async () => {
    const client = clientOf(stack, PATIENT);
    const name = await createStream(stack, client, { CompressionFormat: "GZIP" });
    const lines = accessLogLines(41, 6000);
    let acknowledgedCount = 0;
    let restarted: Promise<void> | undefined;
    async function killAndRestart(): Promise<void> {
      await stack.kill9();
      stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });
    }
    async function produce(own: readonly string[]): Promise<void> {
      for (let start = 0; start < own.length; start += 50) {
        await putBatch(client, name, own.slice(start, start + 50));
        acknowledgedCount += 1;
        if (acknowledgedCount === 40) restarted = killAndRestart();
      }
    }
    try {
      await Promise.all(
        [0, 1, 2, 3].map((part) => produce(lines.slice(part * 1500, (part + 1) * 1500))),
      );
    } finally {
      // Or a stack that is just starting would outlive a failure.
      await restarted;
    }
    const objects = await drained(client, bucketOf(stack), name, {
      deadlineMs: TAKE_OVER_TIMEOUT_MS,
    });
    expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
  },
);

it("tells of a wrong bucket on the terminal, once, and that it is over", async () => {
  const client = clientOf(stack, PATIENT);
  const bucket = `wrong-${randomUUID()}`;
  const name = await createStream(stack, client, { BucketARN: `arn:aws:s3:::${bucket}` });
  const told = (start: string) =>
    stack
      .terminal()
      .split("\n")
      .filter((line) => line.startsWith(`${start} delivery stream ${name}`));
  await putBatch(client, name, ["a\n"]);
  await eventually("it was told", async () => (told("Problem:").length > 0 ? true : undefined));
  expect(told("Problem:")[0]).toContain("NoSuchBucket");
  await eventually("it was tried again", async () =>
    stack
      .log()
      .split("\n")
      .filter((line) => line.includes('"flush_failed"') && line.includes(name)).length > 2
      ? true
      : undefined,
  );
  expect(told("Problem:")).toHaveLength(1);
  await fetch(`${stack.s3Endpoint}/${bucket}`, { method: "PUT" });
  await eventually("it is over", async () => (told("Over:").length > 0 ? true : undefined));
});

it(
  "acknowledges while S3 is away, and delivers every line once when it is back",
  { timeout: TAKE_OVER_TIMEOUT_MS },
  async () => {
    const client = clientOf(stack, { maxAttempts: 1 });
    const patient = clientOf(stack, PATIENT);
    const name = await createStream(stack, client, { CompressionFormat: "GZIP" });
    const smallLines = accessLogLines(42, 2500);
    const largeLines = accessLogLines(43, 40).map(padded);
    const lines = [...smallLines, ...largeLines];
    await putAll(client, name, lines.slice(0, 500), 20);
    await stack.pauseS3();
    // Small calls are kept in the table alone. A large one needs the log bucket and has to be sent again.
    const large = putBatch(patient, name, largeLines);
    await putAll(client, name, lines.slice(500, 1500), 20);
    await eventually("a flush has failed", async () =>
      stack.log().includes('"event":"flush_failed"') ? true : undefined,
    );
    await putAll(client, name, lines.slice(1500, 2000), 20);
    await stack.resumeS3();
    await large;
    await putAll(client, name, lines.slice(2000, 2500), 20);
    const objects = await drained(client, bucketOf(stack), name, {
      deadlineMs: TAKE_OVER_TIMEOUT_MS,
    });
    expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
  },
);
