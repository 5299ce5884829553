/**
 * What a deliberate bug of consumers is made of. They live around the ports, never in `src/`: in what the stores do, or
 * in what the consumer makes of the answers it gets.
 */
import { type EventSourceMapping } from "../../../src/consumer/mapping.ts";
import type { BatchInvoker, BatchResult, MappingStore } from "../../../src/consumer/ports.ts";
import type { LaneProgress, Progress } from "../../../src/consumer/progress.ts";
import type { ConsumePorts } from "../../../src/consumer/run.ts";
import type { rememberSeconds } from "../../../src/log/shard-seconds.ts";
import type { LogStore } from "../../../src/log/store.ts";
import type { PrunePorts } from "../../../src/readers/prune.ts";
import type { Lease, ReaderState, ReaderStore } from "../../../src/readers/store.ts";
import type { MemoryLog } from "../../../src/storage/memory/log.ts";
import type { MemoryReaders } from "../../../src/storage/memory/readers.ts";
import type { StreamStore } from "../../../src/streams/store.ts";

import type { ProofMutant } from "../proof-mutants.ts";

type Readers = ReaderStore<Progress>;

export interface ConsumerMutant extends ProofMutant {
  /** Caught where the stores give only so much in a second. */
  readonly isLimited?: true;
  /** In the readers' store itself. */
  readonly readers?: (readers: Readers) => Readers;
  /** In the store of mappings itself. */
  readonly mappings?: (mappings: MappingStore) => MappingStore;
  /** In place of the store of data streams. */
  readonly dataStreams?: (log: MemoryLog, readers: MemoryReaders<Progress>) => StreamStore;
  /** In what is looked at before a shard is forgotten. */
  readonly prune?: (ports: PrunePorts) => PrunePorts;
  /** In the log itself. */
  readonly log?: (log: LogStore) => LogStore;
  /** In what the consumer makes of the answers it gets. */
  readonly ports?: (ports: ConsumePorts) => ConsumePorts;
  readonly sendsOnRetry?: boolean;
  /** In place of what a process remembers of the shards' seconds. */
  readonly rememberSeconds?: typeof rememberSeconds;
}

export const NO_CONSUMER_MUTANT: ConsumerMutant = { means: "the code as it is" };

export const FACTS = { requestId: "request", statusCode: 200, executedVersion: "$LATEST" };
export const succeeded: BatchResult = { kind: "returned", payload: "{}", facts: FACTS };

type Ports = (ports: ConsumePorts) => ConsumePorts;

export function invoking(mutate: (invoker: BatchInvoker) => BatchInvoker): Ports {
  return (ports) => ({ ...ports, invoker: mutate(ports.invoker) });
}

export function changing(mutate: (mapping: EventSourceMapping) => EventSourceMapping): Ports {
  return (ports) => ({
    ...ports,
    mappings: {
      ...ports.mappings,
      async get(uuid) {
        const mapping = await ports.mappings.get(uuid);
        return mapping && mutate(mapping);
      },
    },
  });
}

/** In what becomes of a change: those options stay as they were. */
export function keeping(options: (mapping: EventSourceMapping) => object) {
  return (mappings: MappingStore): MappingStore => ({
    ...mappings,
    async update(mapping) {
      const standing = await mappings.get(mapping.uuid);
      const kept = { ...mapping, ...(standing && options(standing)) };
      return mappings.update(kept);
    },
  });
}

export function storing(mutate: (progress: Progress) => Progress): Ports {
  return (ports) => ({
    ...ports,
    readers: {
      ...ports.readers,
      moveOn: (lease: Lease, to, order) =>
        ports.readers.moveOn(lease, { ...to, plan: mutate(to.plan) }, order),
    },
  });
}

/** In what a new owner makes of each lane. */
export function taking(mutate: (lane: LaneProgress) => LaneProgress): Ports {
  return (ports) => ({
    ...ports,
    readers: acquiring(ports.readers, async (state) =>
      state.plan
        ? { ...state, plan: { ...state.plan, lanes: state.plan.lanes.map(mutate) } }
        : state,
    ),
  });
}

export function acquiring(
  readers: Readers,
  mutate: (state: ReaderState<Progress>) => Promise<ReaderState<Progress>>,
): Readers {
  return {
    ...readers,
    async acquire(shard, readerId, claim) {
      const acquired = await readers.acquire(shard, readerId, claim);
      if (acquired.kind !== "acquired") return acquired;
      return { ...acquired, state: await mutate(acquired.state) };
    },
  };
}
