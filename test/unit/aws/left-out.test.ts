/** What a run against the emulator leaves out is named by tests that exist, so that a renamed one is run again. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { LEFT_OUT } from "../../aws/conformance.ts";

const cwd = fileURLToPath(new URL("../../conformance/", import.meta.url));
const sources = globSync("**/*.ts", { cwd }).map((file) => readFileSync(`${cwd}${file}`, "utf8"));

/** Sentences in which a table puts a word. */
const ASSEMBLED: Readonly<Record<string, string>> = {
  "in CBOR": "serialization in ${encoding.name}",
};

test.each(LEFT_OUT.map(({ pattern }) => pattern))("%s", (pattern) => {
  const text = ASSEMBLED[pattern] ?? pattern;
  expect(sources.some((source) => source.includes(text))).toBe(true);
});
