/**
 * What became of a repeated call's records in its earlier attempts, record by record. Those may have met other
 * shards than there are now, some records by an older map and some by a newer one within one attempt; so nothing is
 * worked out again. Each block says which records of the call it was meant for, and it stands in a shard that
 * covers their hash keys: the one that takes them now or, as far back as a retry can reach, one that it came from.
 */
import { RETRY_SEARCH_LIMITED_MAX_BLOCKS, RETRY_SEARCH_MAX_AGE_MS } from "../limits.ts";
import { earlierAppends, type SearchPorts } from "../log/earlier-appends.ts";
import type { LogStore, ShardHead } from "../log/store.ts";
import { parentIndexes } from "./lineage.ts";
import type { Placeable } from "./placement.ts";
import { outcomeIn, type PutOutcome } from "./put-outcome.ts";
import { retentionMs } from "./retention.ts";
import { covers, youngestShard } from "./shard-map.ts";
import { dataShardKey, type Shard, type StreamView } from "./stream.ts";

export interface EarlierPorts extends SearchPorts {
  /** The stream as the store has it now, unless it is gone. */
  readonly refresh: () => Promise<StreamView | undefined>;
}

export interface EarlierAttempts {
  /** No older than the call, as far as its records' shards go. */
  readonly view: StreamView;
  /** By position in the call; nothing where no earlier attempt answers for the record. */
  readonly outcomes: PutOutcome[];
}

/** One more shard that a record may stand in. */
interface Step {
  readonly record: Placeable;
  readonly shard: Shard;
}

/** All records that may stand in a shard. */
interface Ground {
  readonly shard: Shard;
  readonly head: ShardHead | undefined;
  readonly records: readonly Placeable[];
}

/** `gone`: the stream is not there any more. */
export async function findEarlierAttempts(
  ports: EarlierPorts,
  known: StreamView,
  records: readonly Placeable[],
  proof: Uint8Array,
): Promise<EarlierAttempts | "gone"> {
  const { log, clock, refresh } = ports;
  const outcomes: PutOutcome[] = [];
  let view = known;
  let grounds = await groundsOf(log, view, firstSteps(view, records));
  if (grounds.some(({ head }) => head === undefined || head.sealed)) {
    // An earlier attempt may have met children that we do not know; the store knows all that it can have met.
    const current = await refresh();
    if (current === undefined) return "gone";
    view = current;
    grounds = await groundsOf(log, view, firstSteps(view, records));
  }
  const reachMs = clock.now() - RETRY_SEARCH_MAX_AGE_MS;
  while (grounds.length > 0) {
    await Promise.all(grounds.map((ground) => search(ports, view, ground, proof, outcomes)));
    const missing = grounds.map((ground) => ({
      ...ground,
      records: ground.records.filter(({ at }) => outcomes[at] === undefined),
    }));
    grounds = await groundsOf(log, view, parentSteps(view, missing, reachMs));
  }
  return { view, outcomes };
}

function firstSteps({ shards }: StreamView, records: readonly Placeable[]): readonly Step[] {
  return records.flatMap((record) => {
    const shard = youngestShard(shards, record.hashKey);
    return shard === undefined ? [] : [{ record, shard }];
  });
}

/** Of a merged shard's parents one covers a key. What was closed before `reachMs` holds nothing of this call. */
function parentSteps(
  { shards }: StreamView,
  grounds: readonly Ground[],
  reachMs: number,
): readonly Step[] {
  return grounds.flatMap(({ shard, records }) => {
    if (records.length === 0) return [];
    const indexes = parentIndexes(shard);
    const parents = shards.filter(
      ({ index, closed }) =>
        indexes.includes(index) && (closed === undefined || closed.atMs >= reachMs),
    );
    return parents.flatMap((parent) =>
      records
        .filter(({ hashKey }) => covers(parent, hashKey))
        .map((record) => ({ record, shard: parent })),
    );
  });
}

async function groundsOf(
  log: LogStore,
  { stream }: StreamView,
  steps: readonly Step[],
): Promise<readonly Ground[]> {
  const byShard = Map.groupBy(steps, ({ shard }) => shard);
  return Promise.all(
    [...byShard].map(async ([shard, stepsHere]) => ({
      shard,
      head: await log.head(dataShardKey(stream, shard.index)),
      records: stepsHere.map(({ record }) => record),
    })),
  );
}

/** Ends with the last record found, or when all is searched. */
async function search(
  { log, clock }: SearchPorts,
  { stream }: StreamView,
  { shard, head, records }: Ground,
  proof: Uint8Array,
  outcomes: PutOutcome[],
): Promise<void> {
  const wanted = new Set(records.map(({ at }) => at));
  const found = earlierAppends(
    { log, clock },
    {
      shard: dataShardKey(stream, shard.index),
      to: head?.blockIndex ?? 0,
      proof,
      maxBlocks: RETRY_SEARCH_LIMITED_MAX_BLOCKS,
      retentionMs: retentionMs(stream),
    },
  );
  for await (const append of found) {
    append.members?.forEach((at, i) => {
      if (wanted.delete(at)) outcomes[at] = outcomeIn(shard, append, i);
    });
    if (wanted.size === 0) return;
  }
}
