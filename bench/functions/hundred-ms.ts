/** A function that takes 100 ms, and notes when it ran and with which records. */
import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KinesisStreamEvent } from "aws-lambda";

const TAKES_MS = 100;

/** One line of the notes, written when the invocation ends. */
export interface Noted {
  readonly shardId: string;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly records: readonly { readonly key: string; readonly n: number }[];
}

export function notesFile(streamName: string): string {
  return join(tmpdir(), `hydrant-bench-${streamName}.jsonl`);
}

export async function handler({ Records }: KinesisStreamEvent): Promise<void> {
  await note(Records, TAKES_MS);
}

export async function note(Records: KinesisStreamEvent["Records"], takesMs: number): Promise<void> {
  const beganAtMs = Date.now();
  if (takesMs > 0) await sleep(takesMs);
  const { eventID, eventSourceARN } = Records[0]!;
  const noted: Noted = {
    shardId: eventID.split(":")[0]!,
    beganAtMs,
    endedAtMs: Date.now(),
    records: Records.map(({ kinesis }) => ({
      key: kinesis.partitionKey,
      n: Number(Buffer.from(kinesis.data, "base64").subarray(0, 8).toString()),
    })),
  };
  appendFileSync(
    notesFile(eventSourceARN.slice(eventSourceARN.lastIndexOf("/") + 1)),
    `${JSON.stringify(noted)}\n`,
  );
}
