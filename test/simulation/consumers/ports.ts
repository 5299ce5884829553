/** A process's view of a data stream's stores, and what an operation is given: every call goes over the wire. */
import type { MappingStore } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { ProofStore } from "../../../src/log/proof.ts";
import { rememberSeconds } from "../../../src/log/shard-seconds.ts";
import type { BodyStore, LogStore } from "../../../src/log/store.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import {
  type DataStreamCache,
  dataStreamCache,
} from "../../../src/operations/data-stream-cache.ts";
import { LEFT_BY_CALLS } from "../../../src/readers/sweep-notes.ts";
import type { ReaderStore } from "../../../src/readers/store.ts";
import { memoryReadWindows } from "../../../src/storage/memory/read-windows.ts";
import { type ShardLookup, shardLookup } from "../../../src/streams/shard-lookup.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { bodiesSeenBy, logSeenBy, proofsSeenBy, readersSeenBy } from "../ports.ts";
import type { Process } from "../scheduler.ts";
import { sweepSwitchOf } from "../sweeping.ts";
import { callsFrom } from "../wire.ts";
import { withShardLimit } from "./shard-limit.ts";
import type { ConsumerWorld } from "./world.ts";
import { targetRules } from "../../helpers/targets.ts";

export interface ConsumerStores {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly proofs: ProofStore;
  readonly readers: ReaderStore<Progress>;
  readonly dataStreams: StreamStore;
  readonly mappings: MappingStore;
}

export const STREAM_NAME = "clicks";
const TRANSITION_MS = 500;

export function storesOf(process: Process, world: ConsumerWorld): ConsumerStores {
  const { wire, stores } = world;
  const call = callsFrom(process, wire);
  const { dataStreams, mappings } = stores;
  return {
    log: logSeenBy(process, stores.log, world),
    bodies: bodiesSeenBy(process, stores.bodies, world),
    proofs: proofsSeenBy(process, stores.proofs, world),
    readers: readersSeenBy(process, stores.readers, world),
    dataStreams: {
      create: (stream) => call("log", "create stream", () => dataStreams.create(stream)),
      get: (name) => call("read", "stream", () => dataStreams.get(name)),
      list: (options) => call("read", "streams", () => dataStreams.list(options)),
      update: (stream) => call("log", "update stream", () => dataStreams.update(stream)),
      remove: (stream, options) =>
        call("log", "remove stream", () => dataStreams.remove(stream, options)),
      addShards: (stream, shards) =>
        call("log", "add shards", () => dataStreams.addShards(stream, shards)),
      shard: (stream, index) => call("read", "shard", () => dataStreams.shard(stream, index)),
      shards: (stream) => call("read", "shards", () => dataStreams.shards(stream)),
      seal: (stream, index) => call("log", "seal", () => dataStreams.seal(stream, index)),
      close: (stream, index, closed) =>
        call("log", "close shard", () => dataStreams.close(stream, index, closed)),
      forget: (stream, index) => call("log", "forget", () => dataStreams.forget(stream, index)),
    },
    mappings: {
      create: (mapping) => call("mapping", "create mapping", () => mappings.create(mapping)),
      get: (uuid) => call("read", "mapping", () => mappings.get(uuid)),
      count: (limit) => call("read", "mapping count", () => mappings.count(limit)),
      list: (options) => call("read", "mappings", () => mappings.list(options)),
      update: (mapping) => call("mapping", "update mapping", () => mappings.update(mapping)),
      remove: (mapping) => call("mapping", "remove mapping", () => mappings.remove(mapping)),
      lastResult: (uuid) => call("read", "last result", () => mappings.lastResult(uuid)),
      noteResult: (uuid, result) =>
        call("mapping", "note result", () => mappings.noteResult(uuid, result)),
    },
  };
}

/** What a process remembers for as long as it lives. */
export interface ProcessView extends ConsumerStores {
  readonly cache: DataStreamCache;
  readonly lookup: ShardLookup;
}

export function viewOf(process: Process, world: ConsumerWorld): ProcessView {
  const stores = storesOf(process, world);
  const clock = world.scheduler.clockOf(process);
  const ports = { ...stores, clock, transitionDelayMs: TRANSITION_MS };
  return { ...stores, cache: dataStreamCache(ports), lookup: shardLookup(ports) };
}

const TARGETS = targetRules({ region: REGION, accountId: ACCOUNT_ID });

/** What the operations of streams and mappings are given in a process of the api. */
export function contextOf(process: Process, world: ConsumerWorld): MappingContext {
  const { scheduler, random, queue } = world;
  const sweep = sweepSwitchOf(process, world);
  const { cache, lookup: _, ...stores } = viewOf(process, world);
  const clock = scheduler.clockOf(process);
  const send = queue.sendFrom(process);
  const remember = world.mutant.rememberSeconds ?? rememberSeconds;
  const log = withShardLimit(remember(stores.log, clock), world.shardLimit);
  const append = { ...stores, log, clock, random };
  return {
    ...stores,
    append: world.mutant.appendPorts?.(append) ?? append,
    clock,
    random,
    accountId: ACCOUNT_ID,
    region: REGION,
    targets: TARGETS,
    dataStreamCache: cache,
    dryRunWindows: memoryReadWindows(),
    blockExpiry: world.stores.blockExpiry,
    sweepRule: { enable: () => sweep.callFor(LEFT_BY_CALLS) },
    consumerReaders: stores.readers,
    mappingQueue: { send: (mapping) => send({ mapping }, 0) },
    tokenSecret: Buffer.alloc(32, "secret"),
    transitionDelayMs: TRANSITION_MS,
  };
}
