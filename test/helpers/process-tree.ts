/** A process and all that it started, as Linux counts them in /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessFacts {
  readonly pid: number;
  readonly command: string;
  /** Pages that are shared with others counted whole. */
  readonly residentKiB: number;
  /** Shared pages counted in part: the sum over processes is what they take together. */
  readonly proportionalKiB: number;
  /** Since it was started. */
  readonly cpuMs: number;
}

/** Of Linux, on every architecture that Node runs on. */
const CLOCK_TICK_MS = 10;

export function processTree(root: number): readonly ProcessFacts[] {
  return treeOf(root).flatMap(factsOf);
}

/** The process itself first. */
export function treeOf(root: number): readonly number[] {
  return [root, ...childrenOf(root).flatMap(treeOf)];
}

export function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && Number(statOf(pid)?.[1]) === parent);
}

/** A process that ended meanwhile counts for nothing. */
function factsOf(pid: number): readonly ProcessFacts[] {
  const fields = statOf(pid);
  if (fields === undefined) return [];
  try {
    const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kibOf = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(memory)?.[1]);
    return [
      {
        pid,
        command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim(),
        residentKiB: kibOf("Rss"),
        proportionalKiB: kibOf("Pss"),
        cpuMs: (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS,
      },
    ];
  } catch {
    return [];
  }
}

/** What follows the name, which may hold anything: state, parent, … */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
