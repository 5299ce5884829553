/** What Hydrant is made of: pinned, by licences that are allowed, and told of truly where only the registry could know. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isAllowed, licenceProblems } from "../../../../bin/supply/licences.ts";
import type { LockedPackage, Lockfile, Manifest } from "../../../../bin/supply/lockfile.ts";
import { lockProblems, versionProblems } from "../../../../bin/supply/pinned.ts";
import { advisoryVerdict, signatureVerdict } from "../../../../bin/supply/registry.ts";

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8")) as unknown;
const lockfile = read("package-lock.json") as Lockfile;

const locking = (folder: string, locked: LockedPackage): Lockfile => ({
  lockfileVersion: 3,
  packages: { "": { version: "0.1.0" }, [folder]: locked },
});
const GOOD = { version: "1.2.3", license: "MIT", integrity: "sha512-AAAA" };

describe("this project", () => {
  test.each(["package.json", "packages/cli/package.json", "packages/deaggregate/package.json"])(
    "%s names exact versions",
    (path) => expect(versionProblems(read(path) as Manifest)).toEqual([]),
  );

  test("pins each package by its checksum, and uses none whose licence is not allowed", () => {
    expect(Object.keys(lockfile.packages).length).toBeGreaterThan(100);
    expect(lockProblems(lockfile)).toEqual([]);
    expect(licenceProblems(lockfile)).toEqual([]);
  });

  test("lets npm fail at a package of another checksum: it installs by the lockfile alone", () => {
    for (const path of [".ci/run", "Dockerfile"]) {
      const text = readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
      expect(text).toMatch(/\bnpm ci\b/);
      expect(text).not.toMatch(/\bnpm (i|install|update)\b/);
    }
  });
});

describe("versions", () => {
  test.each([
    "^1.2.3",
    "~1.2.3",
    "1.x",
    "*",
    "latest",
    ">=1.0.0",
    "1.2",
    "github:a/b",
    "file:../a",
  ])("%s is not exact", (version) => {
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
      expect(versionProblems({ [kind]: { a: version } })).toEqual([`${kind}: a is ${version}`]);
    }
  });

  test.each(["1.2.3", "1.2.3-beta.1", "npm:osls@4.3.1", "npm:@scope/a@1.0.0"])("%s is", (version) =>
    expect(versionProblems({ dependencies: { a: version } })).toEqual([]),
  );
});

test("a package without a strong checksum, from elsewhere, or with a program for its installation is told", () => {
  const folder = "node_modules/b/node_modules/@c/a";
  expect(lockProblems(locking(folder, GOOD))).toEqual([]);
  const { integrity: _, ...bare } = GOOD;
  expect(lockProblems(locking(folder, bare))).toEqual(["@c/a@1.2.3 has no SHA-512 checksum"]);
  expect(lockProblems(locking(folder, { ...GOOD, integrity: "sha1-AAAA" }))).toHaveLength(1);
  const resolved = "git+ssh://example.com/a.git#1";
  expect(lockProblems(locking(folder, { ...GOOD, resolved }))).toEqual([
    `@c/a@1.2.3 is from ${resolved}`,
  ]);
  const hasInstallScript = true;
  expect(lockProblems(locking(folder, { ...GOOD, hasInstallScript }))).toHaveLength(1);
  expect(lockProblems(locking("node_modules/esbuild", { ...GOOD, hasInstallScript }))).toEqual([]);
});

test("a licence is told that is not allowed, missing, or for tools alone where the package is deployed", () => {
  const problemsOf = (change: LockedPackage) =>
    licenceProblems(locking("node_modules/a", { ...GOOD, ...change }));
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ license: "GPL-3.0-only" })).toEqual(["a@1.2.3 is under GPL-3.0-only"]);
  expect(problemsOf({ license: "GPL-3.0-only", dev: true })).toHaveLength(1);
  expect(problemsOf({ license: "MPL-2.0" })).toHaveLength(1);
  expect(problemsOf({ license: "MPL-2.0", dev: true })).toEqual([]);
  const { license: _, ...unlicensed } = GOOD;
  expect(licenceProblems(locking("node_modules/a", unlicensed))).toEqual([
    "a@1.2.3 says no licence",
  ]);
});

test.each([
  ["MIT", true],
  ["(MIT OR GPL-3.0-or-later)", true],
  ["MIT AND GPL-3.0-only", false],
  ["(MIT AND (GPL-3.0-only OR ISC))", true],
  ["GPL-3.0-only OR MIT AND LGPL-2.1-only", false],
  ["MIT WITH Classpath-exception-2.0", false],
  ["SEE LICENSE IN LICENSE.md", false],
  ["UNLICENSED", false],
  ["(MIT", false],
  ["MIT OR", false],
  ["", false],
])("%j is %s where MIT and ISC are", (expression, expected) => {
  expect(isAllowed(expression, new Set(["MIT", "ISC"]))).toBe(expected);
});

describe("what the registry says", () => {
  /** Of npm 11.19.1, November 2026: a registry without advisories, and one whose keys cannot be reached. */
  const REFUSED = JSON.stringify({
    message:
      "405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk",
    statusCode: 405,
    body: "",
    error: { summary: "", detail: "" },
  });
  const UNREACHED = JSON.stringify({
    error: { code: "ENOTFOUND", summary: "request to https://keys.example/ failed", detail: "…" },
  });

  test.each([REFUSED, UNREACHED, "", "null", "npm ERR! no network"])(
    "%j is not taken for a clean bill",
    (output) => {
      expect(advisoryVerdict(output).kind).toBe("unchecked");
      expect(signatureVerdict(output).kind).toBe("unchecked");
    },
  );

  test("why it says nothing is told", () => {
    expect(advisoryVerdict(REFUSED)).toEqual({
      kind: "unchecked",
      reason: expect.stringMatching(/^405 Method Not Allowed/),
    });
    expect(signatureVerdict(UNREACHED)).toMatchObject({
      reason: "request to https://keys.example/ failed",
    });
  });

  test("flaws and missing signatures are problems, and none of them is clean", () => {
    const via = [{ title: "Prototype pollution", url: "https://example.com/GHSA-1" }, "deep"];
    const vulnerabilities = { a: { severity: "high", range: "<1.2.4", via } };
    expect(advisoryVerdict(JSON.stringify({ vulnerabilities }))).toEqual({
      kind: "problems",
      problems: ["a <1.2.4 (high): Prototype pollution, https://example.com/GHSA-1; deep"],
    });
    expect(advisoryVerdict(JSON.stringify({ vulnerabilities: {} }))).toEqual({ kind: "clean" });
    const invalid = [{ name: "a", version: "1.0.0" }];
    const missing = [{ name: "b", version: "2.0.0" }];
    expect(signatureVerdict(JSON.stringify({ invalid, missing }))).toMatchObject({
      problems: ["a@1.0.0 has an invalid signature", "b@2.0.0 has no signature"],
    });
    expect(signatureVerdict(JSON.stringify({ invalid: [], missing: [] }))).toEqual({
      kind: "clean",
    });
  });
});
