/** Deliberate bugs in how lanes come and go, in the store of delivery streams and in what it does to their lanes. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { allLanes } from "../../src/delivery/lanes.ts";
import type { DeliveryStreamStore } from "../../src/delivery/ports.ts";
import type { ProofKey } from "../../src/log/proof.ts";
import { unpackProof } from "../../src/log/proof-value.ts";
import type { Block, LogStore, ShardKey } from "../../src/log/store.ts";
import type { ProofMutant } from "./proof-mutants.ts";
import type { MemoryReaders } from "../../src/storage/memory/readers.ts";

export interface LaneStores {
  readonly log: LogStore;
  readonly readers: Pick<MemoryReaders<never>, "close">;
  readonly deliveryStreams: DeliveryStreamStore;
}

interface LaneMutant extends Pick<ProofMutant, "appendPorts" | "proofs"> {
  readonly means: string;
  readonly lanes?: (stores: LaneStores) => Pick<LaneStores, "log" | "deliveryStreams">;
}

export const LANE_MUTANTS = {
  "stream-is-replaced-unseen": {
    means: "a change of a stream is stored whatever became of the stream meanwhile",
    lanes: ({ log, deliveryStreams }) => ({
      log,
      deliveryStreams: {
        ...deliveryStreams,
        async update(before, after, lanes) {
          const standing = await deliveryStreams.get(before.name);
          const isSame = standing?.generation === before.generation;
          return deliveryStreams.update(isSame ? standing : before, after, lanes);
        },
      },
    }),
  },
  "update-forgets-tags": {
    means: "a stream that gets another destination loses its tags",
    lanes: ({ log, deliveryStreams }) => ({
      log,
      deliveryStreams: {
        ...deliveryStreams,
        update(before, after, lanes) {
          const { tags: _lost, ...untagged } = after;
          const isUpdate = before.versionId < after.versionId;
          return deliveryStreams.update(before, isUpdate ? untagged : after, lanes);
        },
      },
    }),
  },
  "lane-ends-unread": {
    means: "a lane's readers end when it is sealed, whatever they have read",
    lanes: ({ log, readers, deliveryStreams }) => ({
      log,
      deliveryStreams: {
        ...deliveryStreams,
        async sealLane(lane) {
          await deliveryStreams.sealLane(lane);
          readers.close(lane);
        },
      },
    }),
  },
  "lane-ends-unsealed": {
    means: "a lane counts as sealed and its readers go, while its counter takes records as ever",
    lanes({ log, readers, deliveryStreams }) {
      const told = new Set<ShardKey>();
      return {
        log: {
          ...log,
          async head(shard) {
            const head = await log.head(shard);
            return head && { ...head, sealed: head.sealed || told.has(shard) };
          },
        },
        deliveryStreams: {
          ...deliveryStreams,
          async sealLane(lane) {
            told.add(lane);
          },
          async update(before, after, change) {
            const kept = change && { ...change, removed: [] };
            const outcome = await deliveryStreams.update(before, after, kept);
            if (outcome === "updated")
              for (const lane of change?.removed ?? []) readers.close(lane);
            return outcome;
          },
        },
      };
    },
  },
  "lane-has-no-readers": {
    means: "lanes that are opened later have no readers",
    lanes: ({ log, deliveryStreams }) => ({
      log,
      deliveryStreams: {
        ...deliveryStreams,
        update: (before, after, change) =>
          deliveryStreams.update(before, after, change && { ...change, readers: [] }),
      },
    }),
  },
  "lane-number-is-used-again": {
    means: "a new lane is given the lowest number that is free",
    lanes({ log, deliveryStreams }) {
      const truth = new Map<string, DeliveryStream>();
      return {
        log,
        deliveryStreams: {
          ...deliveryStreams,
          async get(name) {
            const stream = await deliveryStreams.get(name);
            if (stream?.lanes === undefined) return stream;
            const told = { ...stream, lanes: { ...stream.lanes, next: lowestFree(stream) } };
            truth.set(JSON.stringify(told), stream);
            return told;
          },
          update: (before, after, change) =>
            deliveryStreams.update(truth.get(JSON.stringify(before)) ?? before, after, change),
          remove: (stream, lanes, nowMs) =>
            deliveryStreams.remove(truth.get(JSON.stringify(stream)) ?? stream, lanes, nowMs),
        },
      };
    },
  },
  "removal-leaves-lanes": {
    means: "of a stream that is removed only the first lane stops taking records",
    lanes: ({ log, deliveryStreams }) => ({
      log,
      deliveryStreams: {
        ...deliveryStreams,
        remove: (stream, lanes, nowMs) => deliveryStreams.remove(stream, lanes.slice(0, 1), nowMs),
      },
    }),
  },
  "proof-is-of-its-lane": {
    means:
      "a call's proof is found by who looks in the lane that took it, and retries look in the first",
    proofs: (proofs) => ({
      get: (key, nowMs) => proofs.get(`${key} 0` as ProofKey, nowMs),
      replace(key, before, next, times) {
        const [place] = unpackProof(next).places;
        return proofs.replace(`${key} ${place!.shardNumber}` as ProofKey, before, next, times);
      },
    }),
  },
  "full-lane-keeps-the-call": {
    means:
      "a lane that has no room gives a place all the same, which is filled as well as the one elsewhere",
    appendPorts({ log, ...ports }) {
      let count = 0;
      let kept: Pick<Block, "shard" | "index" | "firstRecord" | "byteOffset"> | undefined;
      return {
        ...ports,
        log: {
          ...log,
          async reserve(shard, append) {
            const result = await log.reserve(shard, append);
            if (result.kind !== "reserved" || kept !== undefined || ++count % 5 > 0) return result;
            const { blockIndex: index, firstRecord, byteOffset } = result;
            kept = { shard, index, firstRecord, byteOffset };
            return { kind: "throttled" };
          },
          async write(block) {
            const written = await log.write(block);
            if (kept !== undefined) await log.write({ ...block, ...kept });
            kept = undefined;
            return written;
          },
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, LaneMutant>>;

function lowestFree({ lanes }: DeliveryStream): number {
  const taken = new Set(lanes ? allLanes(lanes) : []);
  let lane = 0;
  while (taken.has(lane)) lane += 1;
  return lane;
}
