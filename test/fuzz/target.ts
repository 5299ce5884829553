/**
 * What is fuzzed: a decoder with a way to draw inputs for it and an oracle, which throws where a promise is broken. To
 * throw nothing is never the whole of the promise: what came of an input must be right, and be had within bounds.
 */
import type { Chance } from "./chance.ts";

export interface Trial {
  /** So that the input can be seen, and become a unit test. */
  shown(): string;
  /** Answers what became of the input, in a word: `taken`, `refused`. Throws when a promise is broken. */
  run(): string | Promise<string>;
}

export interface FuzzTarget {
  trial(chance: Chance): Trial;
  /** What one input may cost. Absent: `CPU_MAX_MS`. */
  readonly cpuMaxMs?: number;
  /** By how much the process may grow in all. Absent: `GROWN_MAX_MIB`. */
  readonly grownMaxMiB?: number;
  end?(): Promise<void>;
}

/** A second, as for any request. */
export const CPU_MAX_MS = 1000;
/** With what drawing and judging leave behind until it is collected. */
export const GROWN_MAX_MIB = 512;

/** Draws with `draw`, and judges with `check`. */
export function fuzzTarget<Input>(parts: {
  draw(chance: Chance): Input;
  check(input: Input, chance: Chance): string | Promise<string>;
  readonly cpuMaxMs?: number;
  readonly grownMaxMiB?: number;
  end?(): Promise<void>;
}): FuzzTarget {
  const { draw, check, ...rest } = parts;
  return {
    ...rest,
    trial(chance) {
      const input = draw(chance);
      return { shown: () => show(input), run: () => check(input, chance) };
    },
  };
}

const SHOWN_MAX_LENGTH = 4000;

function show(input: unknown): string {
  const text =
    input instanceof Uint8Array
      ? `base64 ${Buffer.from(input).toString("base64")}`
      : JSON.stringify(input, (_name, value: unknown) =>
          value instanceof Uint8Array
            ? { base64: Buffer.from(value).toString("base64") }
            : typeof value === "object" &&
                value !== null &&
                "type" in value &&
                value.type === "Buffer"
              ? {
                  base64: Buffer.from((value as unknown as { data: number[] }).data).toString(
                    "base64",
                  ),
                }
              : value,
        );
  return text.length <= SHOWN_MAX_LENGTH
    ? text
    : `${text.slice(0, SHOWN_MAX_LENGTH)}… (${text.length})`;
}

/** For oracles: what does not hold, in a sentence. */
export class Broken extends Error {
  override readonly name = "Broken";
}

export function hold(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Broken(`does not hold: ${promise}`);
}
