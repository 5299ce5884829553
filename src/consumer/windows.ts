/**
 * The state that a function hands on from one invocation to the next within a tumbling window. It is part of the
 * lane's progress; a large one is kept in the log bucket, and the progress points to it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
import { INLINE_STATE_MAX_BYTES } from "../limits.ts";
import type { BodyStore } from "../log/store.ts";
import type { LaneProgress, OpenWindow } from "./progress.ts";

/** An empty object in a window that was just opened. */
export async function loadState(bodies: BodyStore, { window }: LaneProgress): Promise<unknown> {
  if (window === undefined) return {};
  const { state } = window;
  if ("inline" in state) return JSON.parse(state.inline);
  return JSON.parse(Buffer.from(await bodies.get(state.bodyKey)).toString());
}

/** `retentionMs`: how long the window may have to wait for its records. */
export async function storeState(
  bodies: BodyStore,
  state: unknown,
  retentionMs: number,
): Promise<OpenWindow["state"]> {
  const inline = JSON.stringify(state);
  if (Buffer.byteLength(inline) <= INLINE_STATE_MAX_BYTES) return { inline };
  return { bodyKey: await bodies.put(Buffer.from(inline), retentionMs) };
}
