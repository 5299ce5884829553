import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { linesFile } from "../../../src/storage/lines-file.ts";

test("lines stand in the file when they are written, behind those of before, for its owner alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "audit.jsonl");
  linesFile(file)('{"a":1}');
  linesFile(file)('{"b":2}');
  expect(readFileSync(file, "utf8")).toBe('{"a":1}\n{"b":2}\n');
  expect(statSync(file).mode & 0o077).toBe(0);
});
