/** Deliberate bugs of consumers, each of which breaks a guarantee: every one must be caught. */
import { comparePlaces, type Place } from "../../../src/consumer/progress.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { PROOF_MUTANTS } from "../proof-mutants.ts";
import { CHANGE_MUTANTS } from "./change-mutants.ts";
import {
  changing,
  type ConsumerMutant,
  FACTS,
  invoking,
  storing,
  succeeded,
  taking,
} from "./mutant.ts";
import { refusedForGood } from "../refused-for-good.ts";

export const CONSUMER_MUTANTS = {
  ...PROOF_MUTANTS,
  "mark-is-ahead": {
    means: "a time mark names a place behind the blocks that it should stand before",
    log: (log) => ({
      ...log,
      leaveMark: (shard, mark) =>
        log.leaveMark(shard, { ...mark, blockIndex: mark.blockIndex + 100 }),
    }),
  },
  "shard-is-forgotten-unread": {
    means: "a shard whose records have expired is forgotten, whoever has still to come through it",
    prune: (ports) => ({ ...ports, readers: { list: async () => [] } }),
  },
  "children-are-forgotten-first": {
    means: "a shard is forgotten before its parents are",
    prune: (ports) => ({
      ...ports,
      dataStreams: {
        ...ports.dataStreams,
        shards: async (stream) =>
          (await ports.dataStreams.shards(stream)).map(
            ({ parentIndex: _one, adjacentParentIndex: _other, ...root }) => root,
          ),
      },
    }),
  },
  "counter-is-kept": {
    means:
      "a shard is forgotten and its counter stays, so that its readers seem never to have been",
    dataStreams: (log, readers) => memoryStreams({ ...log, forget: () => {} }, readers),
  },
  "clock-ahead-holds-shut": {
    means: "nobody goes along with a clock that is ahead, and what it filled stays shut until then",
    rememberSeconds: (log) => log,
  },
  "clock-behind-begins-anew": {
    means: "a caller whose clock is behind begins a new second of a shard with each call",
    rememberSeconds: (log) => log,
    log(log) {
      const latest = new Map<string, number>();
      return {
        ...log,
        reserve(shard, append) {
          const { limit } = append;
          if (limit === undefined) return log.reserve(shard, append);
          const known = latest.get(shard) ?? 0;
          const nowMs = limit.nowMs < known ? known + 1000 : limit.nowMs;
          latest.set(shard, Math.max(known, nowMs));
          return log.reserve(shard, { ...append, limit: { ...limit, nowMs } });
        },
      };
    },
  },
  "refused-for-good": {
    means: "a process that was told that a shard is busy never asks it again",
    rememberSeconds: refusedForGood,
  },
  "fresh-hole-is-aged": {
    means: "a reader passes a missing block as too old to be written, which it is not",
    log: (log) => ({
      ...log,
      async head(shard) {
        const head = await log.head(shard);
        return head && { ...head, reservedBeforeMs: 0 };
      },
    }),
  },
  "saved-before-invoked": {
    means: "a batch counts as handled when it is sent",
    ports: invoking((invoker) => ({
      async invoke(functionArn, payload) {
        void invoker.invoke(functionArn, payload);
        return succeeded;
      },
    })),
  },
  "failure-is-success": {
    means: "an invocation that Lambda answers for counts as handled, whatever the answer",
    ports: invoking((invoker) => ({
      async invoke(functionArn, payload) {
        const result = await invoker.invoke(functionArn, payload);
        return result.kind === "failed" ? succeeded : result;
      },
    })),
  },
  "partial-is-success": {
    means: "what the function reports as failed is not looked at",
    ports: invoking((invoker) => ({
      async invoke(functionArn, payload) {
        const result = await invoker.invoke(functionArn, payload);
        if (result.kind !== "returned") return result;
        const { batchItemFailures: _ignored, ...rest } = JSON.parse(result.payload) as object & {
          batchItemFailures?: unknown;
        };
        return { ...result, payload: JSON.stringify(rest) };
      },
    })),
  },
  "refusals-count": {
    means: "an invocation that Lambda refused counts as an attempt",
    ports: invoking((invoker) => ({
      async invoke(functionArn, payload) {
        const result = await invoker.invoke(functionArn, payload);
        if (result.kind !== "refused") return result;
        const { message } = result;
        return { kind: "failed", functionError: "Unhandled", message, facts: FACTS };
      },
    })),
  },
  "fenced-owner-saves": {
    means: "progress is stored although the lease was lost",
    readers: (readers) => ({
      ...readers,
      async moveOn(lease, to) {
        const state = await readers.get(lease.shard, lease.readerId);
        if (state === undefined) return "fenced";
        const { epoch } = state;
        return readers.moveOn({ ...lease, epoch }, to, Number.MAX_SAFE_INTEGER);
      },
    }),
  },
  "lease-is-shared": {
    means: "the lease is given to whoever asks while a message for later is under way",
    readers: (readers) => ({
      ...readers,
      async acquire(shard, readerId, claim) {
        const state = await readers.get(shard, readerId);
        if (state === undefined) return { kind: "gone" };
        if (state.wakesAtMs === undefined) return readers.acquire(shard, readerId, claim);
        return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
      },
    }),
  },
  "straggler-is-stored": {
    means: "progress that arrives behind a later one is stored",
    readers(readers) {
      let order = 0;
      return { ...readers, moveOn: (lease, to) => readers.moveOn(lease, to, ++order) };
    },
  },
  "checkpoint-is-the-fastest": {
    means: "where the fastest lane stands is stored for all",
    ports: storing((progress) => {
      const next = progress.lanes
        .map((lane) => lane.next)
        .toSorted(comparePlaces)
        .at(-1)!;
      return { ...progress, lanes: progress.lanes.map((lane) => ({ ...lane, next })) };
    }),
  },
  "retry-is-forgotten": {
    means: "a failed batch is stored as passed",
    ports: storing((progress) => ({
      ...progress,
      lanes: progress.lanes.map(({ retry, ...lane }) => ({
        ...lane,
        next: retry?.pieceEnds.at(-1) ?? lane.next,
      })),
    })),
  },
  "bisected-half-is-dropped": {
    means: "a new owner of a split batch goes on with its second piece",
    ports: taking((lane) => {
      const [first, second] = lane.retry?.pieceEnds ?? [];
      if (lane.retry === undefined || first === undefined || second === undefined) return lane;
      const { pieceEnds } = lane.retry;
      return { ...lane, next: first, retry: { ...lane.retry, pieceEnds: pieceEnds.slice(1) } };
    }),
  },
  "retry-is-cut-anew": {
    means: "a new owner takes more into a batch that failed before",
    ports: taking((lane) => {
      const last = lane.retry?.pieceEnds.at(-1);
      if (lane.retry === undefined || last === undefined || lane.retry.givenUp) return lane;
      const end: Place = [last[0] + 1, 0, 0];
      return { ...lane, retry: { ...lane.retry, pieceEnds: [end] } };
    }),
  },
  "report-is-skipped": {
    means: "a failure destination that does not answer is passed",
    ports: (ports) => ({
      ...ports,
      destination: {
        report: (arn, failure) => ports.destination.report(arn, failure).catch(() => {}),
      },
    }),
  },
  "too-old-without-report": {
    means: "what has become too old is given up and nobody is told",
    ports: (ports) => ({
      ...ports,
      destination: {
        async report(arn, failure) {
          if (failure.document.includes('"RecordAgeExceeded"')) return;
          await ports.destination.report(arn, failure);
        },
      },
    }),
  },
  "one-parent-is-enough": {
    means: "the child of a merge is opened when the first of its parents has ended",
    ports: (ports) => ({
      ...ports,
      readers: {
        ...ports.readers,
        async get(shard, readerId) {
          const state = await ports.readers.get(shard, readerId);
          return state && { ...state, ended: true };
        },
      },
    }),
  },
  "children-are-not-opened": {
    means: "a shard ends and nobody goes on to its children",
    ports: (ports) => ({ ...ports, readers: { ...ports.readers, open: async () => {} } }),
  },
  "shard-ends-amid-retries": {
    means: "a shard is over for its consumer while a batch of it is to be tried again",
    readers: (readers) => ({
      ...readers,
      async moveOn(lease, to, order) {
        const moved = await readers.moveOn(lease, to, order);
        const isRetrying = to.plan.lanes.some(({ retry }) => retry !== undefined);
        if (moved === "done" && isRetrying) await readers.end(lease);
        return moved;
      },
    }),
  },
  "window-is-forgotten": {
    means: "a new owner begins an open window with an empty state",
    ports: taking(({ window: _forgotten, ...lane }) => lane),
  },
  "window-is-kept-by-the-first": {
    means: "the state of a window stays what the first invocation returned",
    ports: invoking((invoker) => ({
      async invoke(functionArn, payload) {
        const result = await invoker.invoke(functionArn, payload);
        const { state } = JSON.parse(payload) as { state?: { ids?: readonly string[] } };
        if (result.kind !== "returned" || !state?.ids) return result;
        const response = JSON.parse(result.payload) as object;
        return { ...result, payload: JSON.stringify({ ...response, state }) };
      },
    })),
  },
  "filter-is-not-asked": {
    means: "all records are sent, wanted or not",
    ports: changing(({ filterPatterns: _ignored, ...mapping }) => mapping),
  },
  "retry-sends-anew": {
    means: "a message that is handed back is sent once more beside",
    sendsOnRetry: true,
  },
  ...CHANGE_MUTANTS,
} as const satisfies Readonly<Record<string, ConsumerMutant>>;

export type ConsumerMutantName = keyof typeof CONSUMER_MUTANTS;
export const CONSUMER_MUTANT_NAMES = Object.keys(CONSUMER_MUTANTS) as ConsumerMutantName[];
