/** What is small and becomes large ends at a bound, and costs its own record and nothing else. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Exploded } from "./bombs.ts";

const GROWN_MAX_MIB = 200;
const TIMEOUT_MS = 120_000;

test("no bomb takes more memory than its share", { timeout: TIMEOUT_MS }, () => {
  const script = fileURLToPath(new URL("bombs.ts", import.meta.url));
  const lines = execFileSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
  const exploded = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Exploded);
  expect(exploded.map(({ name, became }) => [name, became])).toEqual([
    ["a gigabyte of nothing in a record", "Decompression.Failed"],
    ["a gigabyte in an envelope of log events", "Decompression.Failed"],
    ["five million lists in a record", "CloudWatchLogProcessing.InvalidRecord"],
    ["a gigabyte in an object", "NotDecompressed"],
    ["an archive of a gigabyte", "NotDecompressed"],
    ["a block of Snappy that lies", "NotDecompressed"],
    ["a block of Snappy that lies beyond the bound", "NotDecompressed"],
    ["five million lists for a query", "DynamicPartitioning.MetadataExtractionFailed"],
  ]);
  // The peak never falls: the first above the bound is the one that took it.
  expect(exploded.find(({ grownMiB }) => grownMiB >= GROWN_MAX_MIB)).toBeUndefined();
});
