/** Deliberate bugs in what becomes of changes: of a mapping's options, of a mapping, of its stream. */
import { type EventSourceMapping, mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { ReaderState } from "../../../src/readers/store.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { acquiring, changing, type ConsumerMutant, keeping } from "./mutant.ts";

/** What the runs of a world have seen of mappings, by what the world draws from. */
const REMEMBERED = new WeakMap<object, Map<string, EventSourceMapping>>();

export const CHANGE_MUTANTS = {
  "lanes-are-not-levelled": {
    means: "another number of lanes is begun with where the old ones stood",
    ports: (ports) => ({
      ...ports,
      readers: acquiring(ports.readers, async (state) => {
        const mapping = await ports.mappings.get(mappingOfReader(state.readerId)!);
        if (state.plan === undefined || mapping === undefined) return state;
        const { lanes } = state.plan;
        const { parallelizationFactor: length } = mapping;
        return {
          ...state,
          plan: {
            ...state.plan,
            lanes: Array.from({ length }, (_, i) => lanes[i % lanes.length]!),
          },
        };
      }),
    }),
  },
  "disabled-is-served": {
    means: "a mapping that was disabled is fed all the same",
    ports: changing((mapping) =>
      mapping.status === "disabled" ? { ...mapping, status: "enabled" } : mapping,
    ),
  },
  "filter-change-is-forgotten": {
    means: "a change of the filter is acknowledged and not stored",
    mappings: keeping(({ filterPatterns }) => ({ filterPatterns })),
  },
  "destination-change-is-forgotten": {
    means: "a change of the failure destination is acknowledged and not stored",
    mappings: keeping(({ onFailureArn }) => ({ onFailureArn })),
  },
  "window-is-dropped-by-changes": {
    means: "a window that is open when its mapping is changed is dropped",
    readers(readers) {
      const changed = new Set<string>();
      return {
        ...acquiring(readers, async (state) => {
          if (!changed.delete(`${state.shard} ${state.readerId}`) || !state.plan) return state;
          const lanes = state.plan.lanes.map(({ window: _dropped, ...lane }) => lane);
          return { ...state, plan: { ...state.plan, lanes } };
        }),
        configure(shard, readerId, wakeRule) {
          changed.add(`${shard} ${readerId}`);
          return readers.configure(shard, readerId, wakeRule);
        },
      };
    },
  },
  "aggregates-are-cut-anew": {
    means: "aggregates are taken apart, or not any more, in the midst of a batch that failed",
    ports: (ports) => ({
      ...ports,
      readers: acquiring(ports.readers, async (state) => {
        if (state.plan === undefined) return state;
        const { deaggregates = false } = state.plan;
        return { ...state, plan: { ...state.plan, deaggregates: !deaggregates } };
      }),
    }),
  },
  "successor-takes-over": {
    means: "a mapping that is made again begins where the one that was removed stood",
    readers(readers) {
      const left = new Map<string, ReaderState<Progress>>();
      return {
        ...readers,
        async remove(shard, readerId) {
          const state = await readers.get(shard, readerId);
          if (state) left.set(shard, state);
          await readers.remove(shard, readerId);
        },
        open(shard, readerId, state) {
          const { checkpoint, frontier } = left.get(shard) ?? state;
          return readers.open(shard, readerId, {
            ...state,
            checkpoint,
            ...(frontier && { frontier }),
          });
        },
      };
    },
  },
  "deleted-is-served": {
    means: "a mapping that was deleted is fed all the same",
    readers: (readers) => ({ ...readers, remove: async () => {} }),
    ports: (ports) => ({
      ...ports,
      mappings: {
        ...ports.mappings,
        async get(uuid) {
          const mapping = await ports.mappings.get(uuid);
          const known = REMEMBERED.get(ports.random) ?? new Map<string, EventSourceMapping>();
          REMEMBERED.set(ports.random, known);
          if (mapping && mapping.status !== "deleting") known.set(uuid, mapping);
          return known.get(uuid);
        },
      },
    }),
  },
  "deleted-stream-takes-records": {
    means: "the logs of a stream that was deleted are left open",
    dataStreams(log, readers) {
      const streams = memoryStreams({ ...log, seal: () => {}, forget: () => {} }, readers);
      return {
        ...streams,
        seal(stream, index) {
          log.seal(dataShardKey(stream, index));
          return streams.seal(stream, index);
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, ConsumerMutant>>;
