/** Draws inputs for a target, one after another, and keeps count of what became of them and what they cost. */
import { inspect } from "node:util";
import { chanceOf } from "./chance.ts";
import { CPU_MAX_MS, type FuzzTarget } from "./target.ts";

export interface Tally {
  inputs: number;
  /** By what became of them. */
  readonly became: Record<string, number>;
  slowestMs: number;
  slowestIndex: number;
}

export class Failure extends Error {
  override readonly name = "Failure";
  readonly index: number;
  readonly shown: string;

  constructor(index: number, shown: string, cause: unknown) {
    super(`input ${index}: ${inspect(cause)}\n${shown}`, { cause });
    this.index = index;
    this.shown = shown;
  }
}

export interface DriveOptions {
  readonly seed: number;
  readonly from?: number;
  /** Asked before each input. */
  goesOn(index: number): boolean;
}

/** What failed in zlib is given back only when the event loop turns, as it does in every process that serves. */
const TURN_EVERY_INPUTS = 100;

export async function drive(
  target: FuzzTarget,
  { seed, from = 0, goesOn }: DriveOptions,
): Promise<Tally> {
  const tally: Tally = { inputs: 0, became: {}, slowestMs: 0, slowestIndex: from };
  const { cpuMaxMs = CPU_MAX_MS } = target;
  for (let index = from; goesOn(index); index++) {
    const trial = target.trial(chanceOf(seed, index));
    const before = process.threadCpuUsage();
    let became: string;
    try {
      became = await trial.run();
      if (Object.keys(Object.prototype).length > 0)
        throw new Error("every object has a member now");
    } catch (error) {
      throw new Failure(index, trial.shown(), error);
    }
    const { user, system } = process.threadCpuUsage(before);
    const cpuMs = (user + system) / 1000;
    if (cpuMs > cpuMaxMs) {
      throw new Failure(index, trial.shown(), new Error(`took ${cpuMs} ms of a processor`));
    }
    if (cpuMs > tally.slowestMs) Object.assign(tally, { slowestMs: cpuMs, slowestIndex: index });
    tally.inputs++;
    if (tally.inputs % TURN_EVERY_INPUTS === 0) await new Promise(setImmediate);
    tally.became[became] = (tally.became[became] ?? 0) + 1;
  }
  return tally;
}
