/**
 * Changing a stream's settings. Every change is made on the stream as it stands and is conditional on its revision,
 * so that two that race are both made, one after the other.
 */
import { serviceError } from "../../errors.ts";
import { STREAM_SETTINGS_MAX_BYTES } from "../../limits.ts";
import { mayOutlastCall } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { findStream, type StreamAddress } from "./find-stream.ts";

export interface Changed {
  readonly before: DataStream;
  readonly after: DataStream;
}

/** A change that loses this many races in a row has met something that changes the stream all the time. */
const ATTEMPTS_MAX_COUNT = 20;

/**
 * @param change the stream as it shall be, or the same object when there is nothing to do; it may throw a refusal,
 *   and is called again when somebody else was faster
 * @param find for changes that need not wait until what was left half done is finished
 */
export async function changeStream(
  address: StreamAddress,
  context: DataStreamContext,
  change: (stream: DataStream) => DataStream,
  find: typeof findStream = findStream,
): Promise<Changed> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
    const before = await find(address, context);
    const changed = change(before);
    if (changed === before) return { before, after: before };
    checkSize(changed);
    const after = { ...changed, revision: before.revision + 1 };
    if ((await context.dataStreams.update(after)) === "updated") {
      context.dataStreamCache.forget(after.name);
      return { before, after };
    }
  }
  throw new Error(`no change got through in ${ATTEMPTS_MAX_COUNT} attempts`);
}

/** A stream is one item of 400 KB, in which a reshard must find room, too. */
function checkSize({ name, policy, tags, consumers }: DataStream): void {
  const settings = JSON.stringify({ policy, tags, consumers });
  if (Buffer.byteLength(settings) <= STREAM_SETTINGS_MAX_BYTES) return;
  throw serviceError(
    "LimitExceededException",
    `The tags, consumers and policy of stream ${name} may come to ${STREAM_SETTINGS_MAX_BYTES} bytes in all.`,
  );
}

/** First: whatever becomes of a call over so many shards, the sweep is there for what it leaves. */
export async function enableSweepFor(
  shardCount: number,
  { sweepRule }: Pick<DataStreamContext, "sweepRule">,
): Promise<void> {
  if (mayOutlastCall(shardCount)) await sweepRule.enable();
}

/** Makes a change show as UPDATING for a while, as it does on AWS. */
export function updating({ clock, transitionDelayMs }: DataStreamContext): {
  readonly settledAtMs: number;
} {
  return { settledAtMs: clock.now() + transitionDelayMs };
}
