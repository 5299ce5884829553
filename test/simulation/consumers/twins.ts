/**
 * The memory twins of data streams, readers and mappings, with a witness in front: whatever takes effect in them is
 * written into the history. Mutants of the readers' store sit below the witness.
 */
import type { EventSourceMapping } from "../../../src/consumer/mapping.ts";
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { MappingStore } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import type { BodyStore, LogEntry, LogStore, ShardKey } from "../../../src/log/store.ts";
import type { Random } from "../../../src/random.ts";
import type { ReaderStore } from "../../../src/readers/store.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { type MemoryLog, memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { parentIndexes } from "../../../src/streams/lineage.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { parseDataShardKey } from "../../../src/streams/stream.ts";
import type { Untimed } from "../stage.ts";
import type { ConsumerEvent, MappingFacts, RecordKind } from "./history.ts";
import type { ConsumerMutant } from "./mutants.ts";
import { recordsIn } from "./payload.ts";

export interface ConsumerTwins {
  readonly memory: MemoryLog;
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly readers: ReaderStore<Progress>;
  readonly dataStreams: StreamStore;
  readonly mappings: MappingStore;
}

export interface TwinOptions {
  readonly random: Random;
  readonly mutant: ConsumerMutant;
  readonly note: (happening: Untimed<ConsumerEvent>) => void;
  readonly onRing: (shard: ShardKey, openedAtMs?: number) => void;
}

export function createConsumerTwins(options: TwinOptions): ConsumerTwins {
  const { random, note, onRing } = options;
  const memory = memoryLog({ onRing });
  const bodies = memoryBodies(random);
  const memoryState = memoryReaders<Progress>();
  const dataStreams = memoryStreams(memory, memoryState);
  return {
    memory,
    bodies,
    log: witnessedLog(memory, bodies, note),
    readers: witnessedReaders(memoryState, options),
    mappings: witnessedMappings(memoryMappings(), note),
    dataStreams: {
      ...dataStreams,
      async addShards(stream, shards) {
        await dataStreams.addShards(stream, shards);
        for (const shard of shards) {
          note({ kind: "shard", shard: shard.index, parents: parentIndexes(shard) });
        }
      },
    },
  };
}

function witnessedLog(memory: MemoryLog, bodies: BodyStore, note: TwinOptions["note"]): LogStore {
  const seen = new Set<LogEntry>();

  async function witness(entry: LogEntry): Promise<void> {
    if (seen.has(entry)) return;
    seen.add(entry);
    if (entry.kind === "tombstone") return;
    const { index: block, arrivedAtMs, body } = entry;
    const shard = shardIndexOf(entry.shard);
    const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
    const records = unpackRecords(bytes).flatMap((record, position) =>
      recordsIn(record, `${shard}/${block}/${position}`),
    );
    note({ kind: "logged", shard, block, arrivedAtMs, records });
  }

  return {
    ...memory,
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
  { mutant, note }: TwinOptions,
): ReaderStore<Progress> {
  const readers = mutant.readers?.(memory) ?? memory;
  const shown = new Map<string, string>();

  /** Notes what stands after a change, should it be news. */
  async function watch<Answer>(
    { shard: key, readerId }: { readonly shard: ShardKey; readonly readerId: string },
    change: Promise<Answer>,
  ): Promise<Answer> {
    const answer = await change;
    const state = await memory.get(key, readerId);
    const mapping = mappingOfReader(readerId);
    if (state === undefined || mapping === undefined) return answer;
    const shard = shardIndexOf(key);
    const { checkpoint, plan, ended } = state;
    const lanes = plan?.lanes.map(({ next }) => next) ?? [];
    const found = JSON.stringify([checkpoint.blockIndex, lanes, ended]);
    const place = `${key} ${readerId}`;
    if (shown.get(place) === found) return answer;
    if (!ended && plan === undefined) return answer;
    if (ended) note({ kind: "ended", mapping, shard });
    else note({ kind: "progress", mapping, shard, block: checkpoint.blockIndex, lanes });
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
      if (isNew) note({ kind: "opened", mapping, shard: shardIndexOf(shard), block });
    },
    moveOn: (lease, to, order) => watch(lease, readers.moveOn(lease, to, order)),
    end: (lease) => watch(lease, readers.end(lease)),
  };
}

function witnessedMappings(mappings: MappingStore, note: TwinOptions["note"]): MappingStore {
  return {
    ...mappings,
    async create(mapping) {
      const created = await mappings.create(mapping);
      if (created.kind === "created") note({ kind: "mapping", ...factsOf(mapping) });
      return created;
    },
    async update(mapping) {
      const updated = await mappings.update(mapping);
      if (updated.kind === "updated") note({ kind: "mapping", ...factsOf(mapping) });
      return updated;
    },
    async remove(mapping) {
      await mappings.remove(mapping);
      note({ kind: "mapping", ...factsOf(mapping), status: "gone" });
    },
  };
}

function factsOf(mapping: EventSourceMapping): MappingFacts {
  const { uuid, status, maximumRetryCount, maximumRecordAgeSeconds, filterPatterns } = mapping;
  return {
    mapping: uuid,
    status,
    bisects: mapping.bisectOnError,
    isReported: mapping.onFailureArn !== undefined,
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

export function shardIndexOf(shard: string): number {
  const index = parseDataShardKey(shard)?.shardIndex;
  if (index === undefined) throw new Error(`no data stream's shard: ${shard}`);
  return index;
}
