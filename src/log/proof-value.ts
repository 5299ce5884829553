/**
 * A proof in as few bytes as may be: it is a write of its own for each call, and five hundred records in as many
 * shards should not need more than a few units. All numbers are varints of 7 bits a byte, the lowest first.
 *
 *     count of places · earliest arrival (ms)
 *     { shard · block · position · arrival after the earliest (ms) · records } … · refused records
 *
 * Records: count of runs · { 2 × how many are left out since the last run, + 1 for a run of one · or its length } …
 */
import type { CallProof, ProvenPlace } from "./proof.ts";

export function packProof({ places, refused }: CallProof): Uint8Array {
  const bytes: number[] = [];
  const push = (value: number) => {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
    bytes.push(rest);
  };
  const pushRuns = (records: readonly number[]) => {
    const runs = runsOf(records);
    push(runs.length);
    let end = 0;
    for (const { start, length } of runs) {
      push(2 * (start - end) + (length === 1 ? 1 : 0));
      if (length > 1) push(length);
      end = start + length;
    }
  };

  const earliestMs = Math.min(...places.map(({ arrivedAtMs }) => arrivedAtMs));
  push(places.length);
  push(places.length === 0 ? 0 : earliestMs);
  for (const { shardNumber, blockIndex, position, arrivedAtMs, records } of places) {
    push(shardNumber);
    push(blockIndex);
    push(position);
    push(arrivedAtMs - earliestMs);
    pushRuns(records);
  }
  pushRuns(refused);
  return Uint8Array.from(bytes);
}

/** Throws on anything `packProof` did not make. */
export function unpackProof(bytes: Uint8Array): CallProof {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("proof: a number runs past the end");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const nextRuns = () => {
    const records: number[] = [];
    let end = 0;
    for (let runCount = next(); runCount > 0; runCount--) {
      const gap = next();
      const start = end + Math.floor(gap / 2);
      end = start + (gap % 2 === 1 ? 1 : next());
      for (let record = start; record < end; record++) records.push(record);
    }
    return records;
  };

  const places: ProvenPlace[] = [];
  const placeCount = next();
  const earliestMs = next();
  for (let i = 0; i < placeCount; i++) {
    places.push({
      shardNumber: next(),
      blockIndex: next(),
      position: next(),
      arrivedAtMs: earliestMs + next(),
      records: nextRuns(),
    });
  }
  return { places, refused: nextRuns() };
}

interface Run {
  readonly start: number;
  readonly length: number;
}

/** `[0, 1, 2, 7]` → 3 from 0, 1 from 7. */
function runsOf(records: readonly number[]): readonly Run[] {
  const runs: { start: number; length: number }[] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last !== undefined && record === last.start + last.length) last.length++;
    else runs.push({ start: record, length: 1 });
  }
  return runs;
}
