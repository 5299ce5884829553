/** What a key may send in a second, as it is said and shown: `--rate 500 --bytes 2MiB`. */
import type { KeyRate } from "../../../src/auth/rates.ts";
import {
  KEY_BYTES_MAX_PER_SECOND,
  KEY_BYTES_MIN_PER_SECOND,
  KEY_CALLS_MAX_PER_SECOND,
  KEY_CALLS_MIN_PER_SECOND,
} from "../../../src/limits.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `undefined`: no bounds are asked for. */
export function readRate(given: {
  readonly rate?: string | undefined;
  readonly bytes?: string | undefined;
}): KeyRate | undefined {
  if (given.rate === undefined && given.bytes === undefined) return undefined;
  return {
    ...(given.rate !== undefined && { callsPerSecond: readCalls(given.rate) }),
    ...(given.bytes !== undefined && { bytesPerSecond: readBytes(given.bytes) }),
  };
}

function readCalls(text: string): number {
  const calls = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (calls >= KEY_CALLS_MIN_PER_SECOND && calls <= KEY_CALLS_MAX_PER_SECOND) return calls;
  throw new Error(
    `--rate must be ${KEY_CALLS_MIN_PER_SECOND} to ${KEY_CALLS_MAX_PER_SECOND} calls a second, got ${text}`,
  );
}

function readBytes(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)\s?(B|KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes = digits === "" ? Number.NaN : Number(digits) * UNITS[unit]!;
  if (bytes >= KEY_BYTES_MIN_PER_SECOND && bytes <= KEY_BYTES_MAX_PER_SECOND) return bytes;
  throw new Error(
    `--bytes must be ${printBytes(KEY_BYTES_MIN_PER_SECOND)} to ${printBytes(KEY_BYTES_MAX_PER_SECOND)} a second, such as 2MiB, got ${text}`,
  );
}

/** @example printRate({ callsPerSecond: 500, bytesPerSecond: 2_097_152 }) // "500 calls/s, 2MiB/s" */
export function printRate({ callsPerSecond, bytesPerSecond }: KeyRate = {}): string {
  const parts = [
    callsPerSecond === undefined ? "" : `${callsPerSecond} calls/s`,
    bytesPerSecond === undefined ? "" : `${printBytes(bytesPerSecond)}/s`,
  ].filter(Boolean);
  return parts.length === 0 ? "no bound" : parts.join(", ");
}

function printBytes(bytes: number): string {
  const [unit = "B", size = 1] =
    Object.entries(UNITS)
      .toReversed()
      .find(([, bytesOfOne]) => bytes % bytesOfOne === 0) ?? [];
  return `${bytes / size}${unit}`;
}
