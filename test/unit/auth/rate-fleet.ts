/**
 * Many processes that serve one key, in virtual time: calls come by chance, the accounts answer one tick later, and each
 * process has a clock of its own.
 */
import { keyRates, type KeyRate, type KeyRates } from "../../../src/auth/rates.ts";
import { memoryRateAccounts } from "../../../src/storage/memory/rate-accounts.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";

const TICK_MS = 10;
const START_MS = Date.UTC(2026, 10, 30, 12, 0, 0, 700);

export interface Fleet {
  readonly rate: KeyRate;
  readonly processCount: number;
  readonly seconds: number;
  /** Calls that come to a process in a second. */
  demand(process: number, second: number): number;
  /** Of each call. */
  readonly byteCount?: number;
  /** By how much its clock is ahead. */
  clockAheadMs?(process: number): number;
  /** Whether the table refuses then. */
  isBusy?(second: number, chance: number): boolean;
  /** A process ends and another takes its place, with nothing in mind. */
  isReplaced?(process: number, second: number): boolean;
}

export interface Passed {
  /** In each second. */
  readonly calls: readonly number[];
  readonly wantedCount: number;
  readonly writeCount: number;
}

export async function runFleet(fleet: Fleet): Promise<Passed> {
  const { rate, processCount, seconds, byteCount = 100 } = fleet;
  const random = seededRandom(7);
  const accounts = memoryRateAccounts();
  let nowMs = START_MS;
  let second = 0;
  let writeCount = 0;
  let answers: (() => void)[] = [];
  const distant: typeof accounts = {
    take(...amount) {
      writeCount++;
      const isBusy = fleet.isBusy?.(second, random.fraction()) ?? false;
      return new Promise((resolve, reject) => {
        answers.push(() => {
          if (isBusy) reject(new Error("the table is busy"));
          else resolve(accounts.take(...amount));
        });
      });
    },
  };
  const start = (process: number) =>
    keyRates(distant, {
      now: () => nowMs + (fleet.clockAheadMs?.(process) ?? 0),
      sleep: () => Promise.reject(new Error("nobody sleeps here")),
    });
  const processes = Array.from({ length: processCount }, (_, process) => start(process));
  const calls = Array<number>(seconds).fill(0);
  let wantedCount = 0;

  async function send(rates: KeyRates): Promise<void> {
    const isAdmitted = await rates.admit("key", rate, byteCount);
    if (isAdmitted) calls[second] = (calls[second] ?? 0) + 1;
  }
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  for (let tick = 0; tick < (seconds * 1000) / TICK_MS; tick++) {
    nowMs = START_MS + tick * TICK_MS;
    second = Math.floor((tick * TICK_MS) / 1000);
    for (const answer of answers.splice(0)) answer();
    await settle();
    for (let process = 0; process < processCount; process++) {
      if (tick % (1000 / TICK_MS) === 0 && fleet.isReplaced?.(process, second)) {
        processes[process] = start(process);
      }
      const expected = (fleet.demand(process, second) * TICK_MS) / 1000;
      const count = Math.floor(expected) + (random.fraction() < expected % 1 ? 1 : 0);
      wantedCount += count;
      for (let call = 0; call < count; call++) {
        void send(processes[process]!);
      }
    }
    await settle();
  }
  answers = [];
  return { calls, wantedCount, writeCount };
}
