import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compress, cut, logLines } from "./compressing.ts";

test("GZIP is read by any gunzip, for contents of many blocks", async () => {
  const contents = logLines(1_000_000);
  const compressed = await compress("GZIP", cut(contents, [999, 1, 300_000, 17]));
  expect(gunzipSync(compressed).equals(contents)).toBe(true);
  expect(compressed.byteLength).toBeLessThan(contents.byteLength / 2);
});

test("GZIP has a header that depends on neither time nor machine", async () => {
  const compressed = await compress("GZIP", [Buffer.from("x")]);
  expect(compressed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
});
