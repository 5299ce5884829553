/**
 * What a process remembers of data streams and their shards, so that a put or a read does not ask the store each
 * time. It may be out of date without harm to the log: an append names the stream's generation and the shard, and
 * the log answers `closed` to what was deleted or resharded since. So a store that is too busy to say how a stream stands
 * fails no call for some more seconds. What is not remembered: names that do not exist,
 * and streams in the midst of a change.
 */
import { isFresh } from "../clock.ts";
import { DATA_STREAM_CACHE_BUSY_AGE_MS, DATA_STREAM_CACHE_MAX_AGE_MS } from "../limits.ts";
import { type LifecyclePorts, settle } from "../streams/lifecycle.ts";
import type { DataStream } from "../streams/stream.ts";
import { consistentView, type StreamView } from "../streams/view.ts";

export type KnownDataStream = StreamView;

export interface DataStreamCache {
  get(name: string): Promise<KnownDataStream | undefined>;
  /** Asks the store, whatever is remembered. */
  refresh(name: string): Promise<KnownDataStream | undefined>;
  /** The stream alone, as it stood some seconds ago at most. Never finishes what others began, as the rest does. */
  look(name: string): Promise<DataStream | undefined>;
  forget(name: string): void;
}

export function dataStreamCache(ports: LifecyclePorts): DataStreamCache {
  const { dataStreams, clock } = ports;
  const remembered = new Map<string, KnownDataStream & { readonly atMs: number }>();
  /** As they were read, whatever they are in the midst of. */
  const seen = new Map<string, { readonly stream: DataStream; readonly atMs: number }>();

  async function read(name: string): Promise<DataStream | undefined> {
    const atMs = clock.now();
    const stream = await dataStreams.get(name);
    if (stream === undefined) seen.delete(name);
    else seen.set(name, { stream, atMs });
    return stream;
  }

  async function look(name: string): Promise<DataStream | undefined> {
    const last = seen.get(name);
    const isYounger = (ageMs: number) =>
      last !== undefined && isFresh(last.atMs, clock.now(), ageMs);
    if (isYounger(DATA_STREAM_CACHE_MAX_AGE_MS)) return last?.stream;
    try {
      return await read(name);
    } catch (error) {
      if (!isYounger(DATA_STREAM_CACHE_BUSY_AGE_MS)) throw error;
      return last?.stream;
    }
  }

  async function refresh(name: string): Promise<KnownDataStream | undefined> {
    remembered.delete(name);
    return viewOf(name, await read(name));
  }

  /** What was looked up for the caller's rights just now need not be read again: it is compared with what stands then. */
  async function readView(name: string): Promise<KnownDataStream | undefined> {
    const last = seen.get(name);
    const isFit =
      last !== undefined &&
      isFresh(last.atMs, clock.now(), DATA_STREAM_CACHE_MAX_AGE_MS) &&
      isAtRest(last.stream);
    return isFit ? viewOf(name, last.stream) : refresh(name);
  }

  async function viewOf(
    name: string,
    found: DataStream | undefined,
  ): Promise<KnownDataStream | undefined> {
    const atMs = clock.now();
    const stream = found && (await settle(ports, found));
    if (stream === undefined) return undefined;
    const known = await consistentView(dataStreams, stream);
    if (known === undefined) return refresh(name);
    if (isAtRest(stream)) remembered.set(name, { ...known, atMs });
    return known;
  }

  return {
    async get(name) {
      const known = remembered.get(name);
      const isYounger = (ageMs: number) =>
        known !== undefined && isFresh(known.atMs, clock.now(), ageMs);
      if (isYounger(DATA_STREAM_CACHE_MAX_AGE_MS)) return known;
      try {
        return await readView(name);
      } catch (error) {
        if (!isYounger(DATA_STREAM_CACHE_BUSY_AGE_MS)) throw error;
        remembered.set(name, known!);
        return known;
      }
    },
    refresh,
    look,
    forget(name) {
      remembered.delete(name);
      seen.delete(name);
    },
  };
}

function isAtRest({ status, pendingReshard }: DataStream): boolean {
  return status === "ACTIVE" && pendingReshard === undefined;
}
