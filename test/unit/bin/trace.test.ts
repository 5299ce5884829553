import { transform } from "esbuild";
import { expect, test } from "vitest";
import { readTraces } from "../../../bin/trace/places.ts";

const SOURCE = `export function append(shard: string): never {
  throw new Error(shard);
}`;

async function bundle() {
  const { code, map } = await transform(SOURCE, {
    loader: "ts",
    minify: true,
    sourcefile: "../../../src/log/append.ts",
    sourcemap: "external",
  });
  const mapOf = (name: string) => (name === "handlers/api.mjs" ? map : undefined);
  return { read: readTraces(mapOf), place: `1:${code.indexOf("throw") + 1}` };
}

test("places in a bundle become those in the sources, wherever they stand in a line", async () => {
  const { read, place } = await bundle();
  expect(read(`    at append (file:///var/task/handlers/api.mjs:${place})`)).toBe(
    "    at append (src/log/append.ts:2:3)",
  );
  const logged = { failure: `Error: s\n    at /var/task/handlers/api.mjs:${place}\n    at x` };
  expect(JSON.parse(read(JSON.stringify(logged)))).toEqual({
    failure: "Error: s\n    at src/log/append.ts:2:3\n    at x",
  });
});

test("what no map is known of stays as it is", async () => {
  const { read } = await bundle();
  for (const text of ["at file:///var/task/handlers/deliver.mjs:1:7", "node:internal/x:1:2", "no"])
    expect(read(text)).toBe(text);
});
