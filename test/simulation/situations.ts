/**
 * Which of the situations that retries must come through a run really met. What is never met is not tested, whatever
 * the code that would make it.
 */
import type { Process } from "./scheduler.ts";

export const SITUATIONS = {
  diesAtReserve: "a process dies amid a call, having asked for a place",
  diesAtFirstProof: "having asked for its first proof to be written",
  diesAtNextProof: "having asked for a later proof to be written",
  diesAtWrite: "having asked for a block to be written",
  diesAtGetProof: "having asked for the proof that stands",
  diesAtFill: "having asked for a place to be closed",
  twoAtOnce: "two attempts of a call are under way at once",
  threeAtOnce: "three or more attempts of a call are under way at once",
  lateFirst: "a first attempt ends behind a later one",
  otherShards: "between two attempts of a call the stream was split or merged",
  reusedId: "an invocation id comes again with another payload",
  twoShards: "what a call stored lies in two shards",
  manyShards: "what a call stored lies in three shards or more",
} as const;

export type Situation = keyof typeof SITUATIONS;

/** By the names of the calls to the stores, without what they are about. */
const STEPS: Readonly<Record<string, Situation>> = {
  reserve: "diesAtReserve",
  "first proof": "diesAtFirstProof",
  "next proof": "diesAtNextProof",
  write: "diesAtWrite",
  "get proof": "diesAtGetProof",
  fill: "diesAtFill",
};

/** `stepOf("write 12: answers")` → `"diesAtWrite"`. */
function stepOf(label: string): Situation | undefined {
  return STEPS[label.replace(/[:,].*/, "").replace(/ \d+$/, "")];
}

export interface Situations {
  readonly counts: Readonly<Record<Situation, number>>;
  meet(situation: Situation): void;
  /** The process dies, its last step having been that. */
  died(process: Process): void;
  /** A process begins an attempt of a call that is known by that name; to be told when it ends. */
  begun(call: string, attempt: Attempt): () => void;
}

export interface Attempt {
  readonly process: Process;
  readonly number: number;
  /** Goes up with every shard that the stream gets. */
  readonly shardCount?: number;
}

interface Call {
  readonly underWay: Set<Attempt>;
  /** The highest number that has ended. */
  ended: number;
  shardCount: number | undefined;
}

export function watchSituations(): Situations {
  const counts = Object.fromEntries(Object.keys(SITUATIONS).map((name) => [name, 0])) as Record<
    Situation,
    number
  >;
  const calls = new Map<string, Call>();
  const meet = (situation: Situation) => void counts[situation]++;

  return {
    counts,
    meet,
    died({ name, lastLabel = "" }) {
      const step = name.startsWith("api") ? stepOf(lastLabel) : undefined;
      if (step) meet(step);
    },
    begun(name, attempt) {
      const { number, shardCount } = attempt;
      const call = calls.get(name) ?? { underWay: new Set(), ended: 0, shardCount };
      calls.set(name, call);
      call.underWay.add(attempt);
      const living = [...call.underWay].filter(({ process }) => process.isAlive).length;
      if (living === 2) meet("twoAtOnce");
      if (living === 3) meet("threeAtOnce");
      if (call.shardCount !== shardCount) meet("otherShards");
      call.shardCount = shardCount;
      return () => {
        call.underWay.delete(attempt);
        if (number === 1 && call.ended > 1) meet("lateFirst");
        call.ended = Math.max(call.ended, number);
      };
    },
  };
}
