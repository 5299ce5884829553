/**
 * After retention was raised, what stands in the log must live longer. First each shard's counter says so, then its
 * blocks are gone through in pages, oldest first, their bodies in the bucket with them; where it stopped is noted on
 * the stream, so that a long log is done in several runs, by whoever comes next.
 *
 * Readers do not wait for it: they look at the time of arrival. It is a race with the store's own removal of what
 * expires, which it wins by a day for what was written last and may lose for what was about to expire.
 */
import type { Clock } from "../clock.ts";
import { SHARDS_AT_ONCE } from "../limits.ts";
import type { BlockExpiry, BodyStore } from "../log/store.ts";
import { inTurns } from "./in-turns.ts";
import { retentionMs } from "./retention.ts";
import { openShards } from "./shard-map.ts";
import type { StreamStore } from "./store.ts";
import { type DataStream, dataShardKey } from "./stream.ts";

export interface ExtendPorts {
  readonly dataStreams: StreamStore;
  readonly blockExpiry: BlockExpiry;
  readonly bodies: Pick<BodyStore, "keep">;
  readonly clock: Clock;
}

type Cursor = NonNullable<DataStream["extendExpiryFrom"]>;

/**
 * Goes on where the stream's cursor stands until all is done or the time is over, which is looked at before every
 * shard and every page of one. Answers whether all is done.
 */
export async function extendExpiry(
  ports: ExtendPorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<boolean> {
  const { dataStreams, blockExpiry, bodies, clock } = ports;
  let cursor = stream.extendExpiryFrom;
  if (cursor === undefined) return true;
  const isLate = () => clock.now() >= deadlineMs;
  const kept = retentionMs(stream);
  const keepBody = (key: string) => bodies.keep(key, kept);
  const shards = await dataStreams.shards(stream);
  for (const { index } of shards.filter((shard) => shard.index >= cursor!.shardIndex)) {
    if (index !== cursor.shardIndex) cursor = { shardIndex: index, blockIndex: 0 };
    if (isLate()) return saveCursor(ports, stream, cursor);
    const shard = dataShardKey(stream, index);
    const to = await blockExpiry.noteRetention(shard, kept);
    while (cursor.blockIndex < to) {
      if (isLate()) return saveCursor(ports, stream, cursor);
      const from: number = cursor.blockIndex;
      const options = { retentionMs: kept, nowMs: clock.now(), keepBody };
      const next = await blockExpiry.extendExpiry({ shard, from, to }, options);
      cursor = { shardIndex: index, blockIndex: next };
    }
  }
  return saveCursor(ports, stream, undefined);
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

/**
 * Nothing is saved when the stream is gone, when its retention was changed again, for then it is gone through anew,
 * or when somebody else came further. Answers whether this walk was through.
 */
async function saveCursor(
  { dataStreams }: ExtendPorts,
  stream: DataStream,
  cursor: Cursor | undefined,
): Promise<boolean> {
  const isThrough = cursor === undefined;
  for (;;) {
    const standing = await dataStreams.get(stream.name);
    if (standing === undefined || !isSameRaise(standing, stream)) return isThrough;
    const { extendExpiryFrom: reached, ...rest } = standing;
    if (reached === undefined || (cursor && !isBefore(reached, cursor))) return isThrough;
    const saved = await dataStreams.update({
      ...rest,
      ...(cursor && { extendExpiryFrom: cursor }),
      revision: standing.revision + 1,
    });
    if (saved === "updated") return isThrough;
  }
}

/** Each raise has a trim horizon or a retention of its own. */
function isSameRaise(standing: DataStream, walked: DataStream): boolean {
  return (
    standing.generation === walked.generation &&
    standing.retentionHours === walked.retentionHours &&
    standing.trimmedBeforeMs === walked.trimmedBeforeMs
  );
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return (
    a.shardIndex < b.shardIndex || (a.shardIndex === b.shardIndex && a.blockIndex < b.blockIndex)
  );
}
