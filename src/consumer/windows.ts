/**
 * The state that a function hands on from one invocation to the next within a tumbling window. It is part of the
 * lane's progress; a large one is kept in the log bucket, and the progress points to it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
import { HOURS_TO_MS, INLINE_STATE_MAX_BYTES, RETENTION_MAX_HOURS } from "../limits.ts";
import type { BodyStore } from "../log/store.ts";
import type { LaneProgress, OpenWindow } from "./progress.ts";

/** A window may have to wait as long as its records live; a state that is older has none of them left. */
const STATE_LIFETIME_MS = RETENTION_MAX_HOURS * HOURS_TO_MS;

/** An empty object in a window that was just opened. */
export async function loadState(
  bodies: BodyStore,
  { window }: LaneProgress,
  nowMs: number,
): Promise<unknown> {
  if (window === undefined || nowMs - window.startMs > STATE_LIFETIME_MS) return {};
  const { state } = window;
  if ("inline" in state) return JSON.parse(state.inline);
  return JSON.parse(Buffer.from(await bodies.get(state.bodyKey)).toString());
}

export async function storeState(bodies: BodyStore, state: unknown): Promise<OpenWindow["state"]> {
  const inline = JSON.stringify(state);
  if (Buffer.byteLength(inline) <= INLINE_STATE_MAX_BYTES) return { inline };
  const bodyKey = await bodies.put(Buffer.from(inline), STATE_LIFETIME_MS);
  if (bodyKey === undefined) throw new Error("the log bucket is too busy for a window's state");
  return { bodyKey };
}
