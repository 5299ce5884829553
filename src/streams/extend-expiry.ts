/**
 * After retention was raised, what stands in the log must live longer. First each shard's counter says so, then its
 * blocks are gone through in pages, all shards side by side, **from the newest back**; how far each came is noted on its
 * counter, so that a long log is done in several runs, by whoever comes next.
 *
 * Readers do not wait for it: they look at the time of arrival. It is a race with the store's own removal of what
 * expires. All blocks have some slack beyond their retention; should the walk take longer than that, what is lost is
 * what was about to expire anyway. From the oldest on, the walk would meet each block just after it went, and lose all.
 *
 * Its pace is what the table gives: so many pages at once, and pauses while it is too busy.
 */
import type { Clock } from "../clock.ts";
import {
  EXTENSION_PAGES_AT_ONCE,
  EXTENSION_PAUSE_MAX_MS,
  EXTENSION_PAUSE_MIN_MS,
  SHARDS_AT_ONCE,
} from "../limits.ts";
import { lifetimeMs } from "../log/lifetime.ts";
import { markedBefore } from "../log/seek.ts";
import type { BlockExpiry, BodyStore, ShardKey } from "../log/store.ts";
import { inTurns } from "./in-turns.ts";
import { retentionMs, trimHorizonMs } from "./retention.ts";
import { openShards } from "./shard-map.ts";
import type { StreamStore } from "./store.ts";
import { type DataStream, dataShardKey } from "./stream.ts";

export interface ExtendPorts {
  readonly dataStreams: StreamStore;
  readonly blockExpiry: BlockExpiry;
  readonly bodies: Pick<BodyStore, "keep">;
  readonly clock: Clock;
}

/** A stream whose retention was raised. */
export type ExtendedStream = DataStream & Required<Pick<DataStream, "extension">>;

export function isExtended(stream: DataStream): stream is ExtendedStream {
  return stream.extension !== undefined;
}

/** Shard logs whose retention was raised together. */
export interface Extension {
  /** Rises with each raise. */
  readonly id: number;
  readonly retentionMs: number;
  /** What is older had expired when the retention was raised. */
  readonly horizonMs: number;
  shards(): Promise<readonly ShardKey[]>;
  /** All is done. */
  end(): Promise<void>;
}

export type ExtendLogsPorts = Pick<ExtendPorts, "blockExpiry" | "bodies" | "clock">;

interface ShardWalk {
  readonly extension: Extension;
  readonly shard: ShardKey;
  /** What is older had expired when the retention was raised. */
  readonly from: number;
  /** All from there on is done. */
  below: number;
}

/** The same for data streams, whose items say what was raised, and once all is done that nothing is. */
export function extendExpiry(
  ports: ExtendPorts,
  streams: readonly ExtendedStream[],
  deadlineMs: number,
  reportFailure: (stream: DataStream, error: unknown) => void,
): Promise<boolean> {
  const extensions = new Map(streams.map((stream) => [extensionOf(ports, stream), stream]));
  return extendLogs(ports, [...extensions.keys()], deadlineMs, (extension, error) =>
    reportFailure(extensions.get(extension)!, error),
  );
}

function extensionOf(ports: ExtendPorts, stream: ExtendedStream): Extension {
  return {
    id: stream.extension,
    retentionMs: retentionMs(stream),
    horizonMs: trimHorizonMs(stream, ports.clock.now()),
    shards: async () =>
      (await ports.dataStreams.shards(stream)).map(({ index }) => dataShardKey(stream, index)),
    end: () => endExtension(ports, stream),
  };
}

/**
 * Goes on with these, until all is done or the time is over, which is looked at before every page. Answers whether all
 * is done. One in trouble keeps no other waiting: it is told, and counts as not done.
 */
export async function extendLogs(
  ports: ExtendLogsPorts,
  extensions: readonly Extension[],
  deadlineMs: number,
  reportFailure: (extension: Extension, error: unknown) => void,
): Promise<boolean> {
  const unfinished = new Set<Extension>();
  const walks: ShardWalk[] = [];
  await each(async (extension) => {
    const begun = await beginWalks(ports, extension, deadlineMs);
    walks.push(...begun.walks);
    if (!begun.areAll) unfinished.add(extension);
  });
  await walkAll(ports, walks, deadlineMs, failed);
  for (const { extension } of walks.filter(isLeft)) unfinished.add(extension);
  await each(async (extension) => {
    const own = walks.filter((walk) => walk.extension === extension);
    await inTurns(own, ({ shard, below }) =>
      ports.blockExpiry.noteExtended(shard, extension.id, below),
    );
    if (!unfinished.has(extension)) await extension.end();
  });
  return unfinished.size === 0;

  function failed(extension: Extension, error: unknown): void {
    unfinished.add(extension);
    reportFailure(extension, error);
  }

  async function each(act: (extension: Extension) => Promise<void>): Promise<void> {
    for (const extension of extensions) {
      await act(extension).catch((error: unknown) => failed(extension, error));
    }
  }
}

/** The counters first, all of them: what comes from now on has heard of the raise. */
async function beginWalks(
  { blockExpiry, clock }: ExtendLogsPorts,
  extension: Extension,
  deadlineMs: number,
): Promise<{ readonly walks: readonly ShardWalk[]; readonly areAll: boolean }> {
  const { horizonMs } = extension;
  const shards = await extension.shards();
  const walks: ShardWalk[] = [];
  for (let i = 0; i < shards.length; i += SHARDS_AT_ONCE) {
    if (clock.now() >= deadlineMs) return { walks, areAll: false };
    const begun = await inTurns(shards.slice(i, i + SHARDS_AT_ONCE), async (shard) => {
      const below = await blockExpiry.beginExtension(shard, extension);
      const from = below > 0 ? await markedBefore(blockExpiry, shard, horizonMs) : 0;
      return { extension, shard, from, below };
    });
    walks.push(...begun.filter(isLeft));
  }
  return { walks, areAll: true };
}

const isLeft = ({ from, below }: ShardWalk) => below > from;

/** A page of each in turn, so that all come back in time alike. */
async function walkAll(
  { blockExpiry, bodies, clock }: ExtendLogsPorts,
  walks: readonly ShardWalk[],
  deadlineMs: number,
  failed: (extension: Extension, error: unknown) => void,
): Promise<void> {
  const queue = [...walks];
  let pauseMs = 0;

  async function goBack(walk: ShardWalk): Promise<void> {
    const { extension, shard, from, below } = walk;
    const { retentionMs: kept } = extension;
    const next = await blockExpiry.extendExpiry(
      { shard, from, to: below },
      {
        lifetimeMs: lifetimeMs(kept),
        nowMs: clock.now(),
        keepBody: (key) => bodies.keep(key, kept),
      },
    );
    const isBusy = next === "throttled";
    if (!isBusy) walk.below = next;
    pauseMs = nextPauseMs(pauseMs, isBusy);
  }

  async function work(): Promise<void> {
    for (;;) {
      if (clock.now() >= deadlineMs) return;
      const walk = queue.shift();
      if (walk === undefined) return;
      try {
        await goBack(walk);
        if (isLeft(walk)) queue.push(walk);
      } catch (error) {
        failed(walk.extension, error);
      }
      if (pauseMs > 0) await clock.sleep(pauseMs);
    }
  }

  await Promise.all(Array.from({ length: EXTENSION_PAGES_AT_ONCE }, work));
}

function nextPauseMs(pauseMs: number, isBusy: boolean): number {
  if (isBusy)
    return Math.min(EXTENSION_PAUSE_MAX_MS, Math.max(EXTENSION_PAUSE_MIN_MS, pauseMs * 2));
  const shorter = pauseMs / 2;
  return shorter < EXTENSION_PAUSE_MIN_MS ? 0 : shorter;
}

/**
 * After retention was lowered: what comes now need not live longer than it says. It may, in the shards that the time
 * does not suffice for.
 */
export async function noteRetention(
  { dataStreams, blockExpiry, clock }: ExtendPorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<void> {
  const open = openShards(await dataStreams.shards(stream));
  for (let i = 0; i < open.length && clock.now() < deadlineMs; i += SHARDS_AT_ONCE) {
    await inTurns(open.slice(i, i + SHARDS_AT_ONCE), ({ index }) =>
      blockExpiry.noteRetention(dataShardKey(stream, index), retentionMs(stream)),
    );
  }
}

/** Nothing is left to do, unless the stream is gone, or its retention was raised again: then it is gone through anew. */
async function endExtension(
  { dataStreams }: ExtendPorts,
  { name, generation, extension }: ExtendedStream,
): Promise<void> {
  for (;;) {
    const standing = await dataStreams.get(name);
    if (standing?.generation !== generation || standing.extension !== extension) return;
    const { extension: _over, ...rest } = standing;
    if ((await dataStreams.update({ ...rest, revision: standing.revision + 1 })) === "updated")
      return;
  }
}
