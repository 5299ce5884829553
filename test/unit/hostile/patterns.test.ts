/**
 * No pattern takes longer than in proportion to its text: none in the shapes, and none anywhere else in the sources.
 * They are judged as they stand, by an analysis of their automata, not by trying texts.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check } from "recheck";
import { describe, expect, test } from "vitest";
import { everyShape } from "./shapes.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** A regular expression where an expression may begin; comments do not begin there. */
const LITERAL =
  /(?<=[(=,:!?&|[;]\s*|^\s*)\/(?![*/])(?<source>(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/(?<flags>[a-z]*)/gm;

function literalsIn(file: string): readonly RegExp[] {
  const text = readFileSync(`${ROOT}/${file}`, "utf8").replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "");
  return [...text.matchAll(LITERAL)].map(
    ({ groups }) => new RegExp(groups!["source"]!, groups!["flags"]),
  );
}

const patterns = new Map<string, RegExp>();
for (const { shape } of everyShape()) {
  if (shape.kind === "string" && shape.pattern) patterns.set(String(shape.pattern), shape.pattern);
}
const inShapes = patterns.size;
for (const file of globSync(["src/**/*.ts", "handlers/**/*.ts"], { cwd: ROOT })) {
  for (const pattern of literalsIn(file)) patterns.set(String(pattern), pattern);
}

test("both the shapes and the sources have been looked through", () => {
  expect(inShapes).toBeGreaterThan(20);
  expect(patterns.size - inShapes).toBeGreaterThan(20);
});

/** Of an analysis; most take a few milliseconds, but for the sources' two longest on a slow machine. */
const TIMEOUT_MS = 120_000;

async function judge({ source, flags }: RegExp) {
  return check(source, flags, { timeout: TIMEOUT_MS });
}

describe("at most linear is", () => {
  test.each([...patterns])(
    "%s",
    async (_, pattern) => {
      const { status, ...verdict } = await judge(pattern);
      expect(status, JSON.stringify(verdict)).toBe("safe");
    },
    TIMEOUT_MS,
  );
});

test("a pattern that is worse is told", async () => {
  expect(await judge(/^arn:aws.*:kinesis:.*:\d{12}:stream\/\S+$/)).toMatchObject({
    status: "vulnerable",
    complexity: { type: "polynomial" },
  });
});
