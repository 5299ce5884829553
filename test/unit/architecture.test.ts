/**
 * The floor plan is kept by the linter, and this keeps the linter: every line of the fixtures that ends in
 * `// refused` must be reported, and no other line may be.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURES = "test/fixtures/architecture";

interface LintReport {
  readonly diagnostics: readonly {
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/** `src/log/arrows.ts:3`, sorted, once each. */
async function reportedLines(): Promise<readonly string[]> {
  const report = await new Promise<string>((resolve) => {
    execFile(
      join(ROOT, "node_modules/.bin/oxlint"),
      ["-c", join(FIXTURES, "lint-the-fixtures.json"), "--format", "json", FIXTURES],
      { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 },
      // The exit code says that something was found, which is the point.
      (_error, stdout) => resolve(stdout),
    );
  });
  const { diagnostics } = JSON.parse(report) as LintReport;
  const lines = diagnostics.map(
    ({ filename, labels }) =>
      `${filename.replace(`${FIXTURES}/`, "")}:${labels[0]?.span.line ?? 1}`,
  );
  return [...new Set(lines)].toSorted();
}

function refusedLines(): readonly string[] {
  return readdirSync(join(ROOT, FIXTURES), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      readFileSync(join(ROOT, FIXTURES, file), "utf8")
        .split("\n")
        .flatMap((line, index) => (line.endsWith("// refused") ? [`${file}:${index + 1}`] : [])),
    )
    .toSorted();
}

test("the linter refuses every import against the floor plan, and every way around the doors", async () => {
  const refused = refusedLines();
  expect(refused.length).toBeGreaterThan(80);
  expect(await reportedLines()).toEqual(refused);
});

test("every folder of the source has its arrows in the fixtures", () => {
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const covered = readdirSync(join(ROOT, FIXTURES, "src"));
  expect(folders.filter((folder) => !covered.includes(folder))).toEqual([]);
});
