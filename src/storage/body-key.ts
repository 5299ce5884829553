/**
 * Keys of block bodies in the log bucket: `week/<32 hexadecimal digits>`. A key begins with its class, on which the
 * bucket's lifecycle rules end it some days after the longest retention that the class is for (resources/buckets.yml);
 * beyond that it is random, for a body is stored before its place in the log is known.
 */
import { BODY_DAY_MAX_MS, BODY_WEEK_MAX_MS } from "../limits.ts";
import { type Random, randomHex } from "../random.ts";

/** From the shortest to the longest. */
const CLASSES = ["day", "week", "year"] as const;

type BodyClass = (typeof CLASSES)[number];

const RANDOM_BYTES = 16;

/** For what readers keep beside their items: `spool/<32 hexadecimal digits>`. */
export function newSpoolKey(random: Random): string {
  return `spool/${randomHex(random, RANDOM_BYTES)}`;
}

function classFor(retentionMs: number): BodyClass {
  if (retentionMs <= BODY_DAY_MAX_MS) return "day";
  return retentionMs <= BODY_WEEK_MAX_MS ? "week" : "year";
}

/** What the keys of all bodies that live that long begin with: `week/`. */
export function bodyPrefix(retentionMs: number): string {
  return `${classFor(retentionMs)}/`;
}

/** A new key for a body whose block lives that long. */
export function newBodyKey(random: Random, retentionMs: number): string {
  return `${bodyPrefix(retentionMs)}${randomHex(random, RANDOM_BYTES)}`;
}

/**
 * Where the same body stands if it is to live that long: `day/ab…` → `week/ab…`. The key itself where its class
 * suffices.
 */
export function bodyKeyFor(key: string, retentionMs: number): string {
  const [present, name] = key.split("/");
  const wanted = classFor(retentionMs);
  const suffices = CLASSES.indexOf(present as BodyClass) >= CLASSES.indexOf(wanted);
  return suffices ? key : `${wanted}/${name}`;
}
