/**
 * How long records can be read. A record lives for the stream's present retention, counted from its own arrival,
 * whatever its block's expiry in the store says: that follows behind, and only keeps the store from growing.
 */
import { HOURS_TO_MS } from "../limits.ts";
import type { StreamStore } from "./store.ts";
import type { DataStream } from "./stream.ts";

type Retained = Pick<DataStream, "retentionHours" | "trimmedBeforeMs">;

export function retentionMs({ retentionHours }: Pick<DataStream, "retentionHours">): number {
  return retentionHours * HOURS_TO_MS;
}

/** Arrival of the oldest record that can be read. */
export function trimHorizonMs(stream: Retained, nowMs: number): number {
  return Math.max(nowMs - retentionMs(stream), stream.trimmedBeforeMs ?? 0);
}

/** The same of a stream that may be gone, of which nothing can be read. */
export async function trimHorizonOf(
  dataStreams: Pick<StreamStore, "get">,
  { name, generation }: Pick<DataStream, "name" | "generation">,
  nowMs: number,
): Promise<number> {
  const standing = await dataStreams.get(name);
  return standing?.generation === generation ? trimHorizonMs(standing, nowMs) : nowMs;
}

/** Whether a record that arrived then can still be read. */
export function isWithinRetention(stream: Retained, arrivedAtMs: number, nowMs: number): boolean {
  return arrivedAtMs >= trimHorizonMs(stream, nowMs);
}
