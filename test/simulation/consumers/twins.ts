/**
 * The memory twins of data streams, readers and mappings, with a witness in front: whatever takes effect in them is
 * written into the history. Mutants of the readers' store sit below the witness.
 */
import type { Clock } from "../../../src/clock.ts";
import type { EventSourceMapping } from "../../../src/consumer/mapping.ts";
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { MappingStore } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import type { BodyStore, LogEntry, LogStore, ShardKey } from "../../../src/log/store.ts";
import type { Random } from "../../../src/random.ts";
import type { Lease, ReaderStore } from "../../../src/readers/store.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { type MemoryLog, memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { type MemoryProofs, memoryProofs } from "../../../src/storage/memory/proofs.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { parentIndexes } from "../../../src/streams/lineage.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import type { Untimed } from "../stage.ts";
import type { Places } from "./places.ts";
import type { ConsumerEvent, MappingFacts, RecordKind } from "./history.ts";
import type { ConsumerMutant } from "./mutant.ts";
import { recordsIn } from "./payload.ts";

export interface ConsumerTwins {
  readonly memory: MemoryLog;
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly proofs: MemoryProofs;
  readonly readers: ReaderStore<Progress>;
  readonly dataStreams: StreamStore;
  readonly mappings: MappingStore;
}

export interface TwinOptions {
  readonly random: Random;
  readonly mutant: ConsumerMutant;
  readonly places: Places;
  readonly note: (happening: Untimed<ConsumerEvent>) => void;
  readonly onRing: (shard: ShardKey, openedAtMs?: number) => void;
  /** The true time. */
  readonly clock: Pick<Clock, "now">;
  /** Nobody asks what takes effect: the twins as they are. */
  readonly isUnwitnessed: boolean;
}

export function createConsumerTwins(options: TwinOptions): ConsumerTwins {
  const { random, onRing, clock, mutant } = options;
  const memory = memoryLog({ onRing, clock });
  const bodies = memoryBodies(random);
  const memoryState = memoryReaders<Progress>();
  const mappings = memoryMappings();
  const proofs = memoryProofs();
  const dataStreams =
    mutant.dataStreams?.(memory, memoryState) ?? memoryStreams(memory, memoryState);
  if (options.isUnwitnessed) {
    return { memory, bodies, proofs, log: memory, readers: memoryState, mappings, dataStreams };
  }
  const log = witnessedLog(memory, bodies, options);
  return {
    memory,
    bodies,
    proofs: { ...proofs, ...mutant.proofs?.(proofs) },
    log: mutant.log?.(log) ?? log,
    readers: witnessedReaders(memoryState, options),
    mappings: witnessedMappings(mutant.mappings?.(mappings) ?? mappings, options),
    dataStreams: witnessedStreams(dataStreams, options),
  };
}

function witnessedStreams(dataStreams: StreamStore, { note, places }: TwinOptions): StreamStore {
  const gone = new Set<number>();
  return {
    ...dataStreams,
    async remove(stream, options) {
      const outcome = await dataStreams.remove(stream, options);
      const number = places.streamOf(stream.generation);
      if (outcome === "removed" && !gone.has(number)) note({ kind: "stream gone", stream: number });
      if (outcome === "removed") gone.add(number);
      return outcome;
    },
    async addShards(stream, shards) {
      for (const shard of shards) places.added(stream, shard);
      await dataStreams.addShards(stream, shards);
      const number = places.streamOf(stream.generation);
      for (const shard of shards) {
        note({
          kind: "shard",
          shard: places.shardOf(dataShardKey(stream, shard.index)),
          stream: number,
          parents: parentIndexes(shard).map((index) => places.shardOf(dataShardKey(stream, index))),
        });
      }
    },
  };
}

function witnessedLog(
  memory: MemoryLog,
  bodies: BodyStore,
  { note, places }: TwinOptions,
): LogStore {
  const seen = new Set<LogEntry>();

  async function witness(entry: LogEntry): Promise<void> {
    if (seen.has(entry)) return;
    seen.add(entry);
    if (entry.kind === "tombstone") return;
    const { index: block, arrivedAtMs, body } = entry;
    const shard = places.shardOf(entry.shard);
    const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
    const records = unpackRecords(bytes).flatMap((record, position) =>
      recordsIn(record, `${shard}/${block}/${position}`),
    );
    note({ kind: "logged", shard, block, arrivedAtMs, records });
  }

  return {
    ...memory,
    async reserve(shard, append) {
      const reserved = await memory.reserve(shard, append);
      if (reserved.kind === "reserved" && append.limit)
        note({ kind: "taken", shard: places.shardOf(shard), count: append.recordCount });
      return reserved;
    },
    async write(block) {
      const result = await memory.write(block);
      if (result.kind === "written") {
        for await (const entry of memory.read({
          shard: block.shard,
          from: block.index,
          to: block.index + 1,
        })) {
          await witness(entry);
        }
      }
      return result;
    },
  };
}

function witnessedReaders(
  memory: ReturnType<typeof memoryReaders<Progress>>,
  { mutant, note, places }: TwinOptions,
): ReaderStore<Progress> {
  const readers = mutant.readers?.(memory) ?? memory;
  const shown = new Map<string, string>();

  /** Notes what stands after a change, should it be news. */
  async function watch<Answer>(
    { shard: key, readerId, epoch }: Lease,
    change: Promise<Answer>,
  ): Promise<Answer> {
    const answer = await change;
    const state = await memory.get(key, readerId);
    const mapping = mappingOfReader(readerId);
    if (state === undefined || mapping === undefined) return answer;
    const run = { mapping, shard: places.shardOf(key), epoch };
    const { checkpoint, plan, ended } = state;
    const lanes = plan?.lanes.map(({ next }) => next) ?? [];
    const found = JSON.stringify([checkpoint.blockIndex, lanes, ended]);
    const place = `${key} ${readerId}`;
    if (shown.get(place) === found) return answer;
    if (!ended && plan === undefined) return answer;
    if (ended) note({ kind: "ended", ...run });
    else note({ kind: "progress", ...run, block: checkpoint.blockIndex, lanes });
    shown.set(place, found);
    return answer;
  }

  return {
    ...readers,
    async open(shard, readerId, state) {
      const isNew = (await memory.get(shard, readerId)) === undefined;
      await readers.open(shard, readerId, state);
      const mapping = mappingOfReader(readerId)!;
      const block = state.checkpoint.blockIndex;
      if (isNew) note({ kind: "opened", mapping, shard: places.shardOf(shard), block });
    },
    moveOn: (lease, to, order) => watch(lease, readers.moveOn(lease, to, order)),
    end: (lease) => watch(lease, readers.end(lease)),
  };
}

function witnessedMappings(
  mappings: MappingStore,
  { note, places }: Pick<TwinOptions, "note" | "places">,
): MappingStore {
  return {
    ...mappings,
    async create(mapping) {
      const created = await mappings.create(mapping);
      if (created.kind === "created") note({ kind: "mapping", ...factsOf(mapping, places) });
      return created;
    },
    async update(mapping) {
      const updated = await mappings.update(mapping);
      if (updated.kind === "updated") note({ kind: "mapping", ...factsOf(mapping, places) });
      return updated;
    },
    async remove(mapping) {
      await mappings.remove(mapping);
      note({ kind: "mapping", ...factsOf(mapping, places), status: "gone" });
    },
  };
}

/** A reader of the latest records sees what arrives once its mapping is made. */
function startOf({ start, createdAtMs }: EventSourceMapping): number {
  switch (start.kind) {
    case "trim-horizon":
      return 0;
    case "latest":
      return createdAtMs;
    case "time":
      return start.timestampMs;
  }
}

function factsOf(mapping: EventSourceMapping, places: Places): MappingFacts {
  const { uuid, revision, status, onFailureArn, filterPatterns } = mapping;
  const { maximumRetryCount, maximumRecordAgeSeconds } = mapping;
  return {
    mapping: uuid,
    revision,
    status,
    stream: places.streamOf(mapping.streamGeneration),
    startsAtMs: startOf(mapping),
    bisects: mapping.bisectOnError,
    windowSeconds: mapping.tumblingWindowSeconds,
    ...(onFailureArn !== undefined && { destination: onFailureArn }),
    ...(maximumRetryCount !== undefined && { maximumRetryCount }),
    ...(maximumRecordAgeSeconds !== undefined && {
      maximumAgeMs: maximumRecordAgeSeconds * 1000,
    }),
    ...(filterPatterns && { wantedKinds: wantedKinds(filterPatterns) }),
  };
}

/** Of patterns as simulated mappings have them: `{"data":{"kind":["plain"]}}`. */
function wantedKinds(patterns: readonly string[]): readonly RecordKind[] {
  return patterns.flatMap(
    (text) => (JSON.parse(text) as { data: { kind: readonly RecordKind[] } }).data.kind,
  );
}
