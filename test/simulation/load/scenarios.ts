/** What a shard is asked for, by name: see `npm run sim -- --help`. */
import type { ShardLoad } from "./shard-load.ts";

const ONE_SHARD = {
  recordsPerCall: 1,
  recordBytes: 1000,
  processCount: 100,
  readerCount: 2,
  restSeconds: 300,
};

export const SCENARIOS = {
  "rated-shard": { ...ONE_SHARD, phases: [{ seconds: 600, rate: 1000 }] },
  "overloaded-shard": {
    ...ONE_SHARD,
    phases: [
      { seconds: 60, rate: 3000 },
      { seconds: 60, rate: 950 },
    ],
  },
  "retried-calls": { ...ONE_SHARD, phases: [{ seconds: 60, rate: 700 }], retryShare: 0.3 },
  "batched-calls": { ...ONE_SHARD, recordsPerCall: 100, phases: [{ seconds: 60, rate: 30 }] },
} as const satisfies Readonly<Record<string, ShardLoad>>;

export function isScenario(name: string): name is keyof typeof SCENARIOS {
  return name in SCENARIOS;
}
