/**
 * Whether every package may be used as it is: by the licence that the lockfile says it has, an SPDX expression. What is
 * deployed has to be permissive; what only builds and tests may ask for more.
 * https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
 */
import { type Lockfile, packagesOf } from "./lockfile.ts";

const PERMISSIVE: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Zlib",
]);

/** Copyleft that ends at the file, and Python's own. */
const FOR_TOOLS: ReadonlySet<string> = new Set([...PERMISSIVE, "MPL-2.0", "PSF-2.0", "Python-2.0"]);

/** A sentence for each package that may not be used. */
export function licenceProblems(lockfile: Lockfile): readonly string[] {
  return packagesOf(lockfile).flatMap(({ name, license, dev = false, devOptional = false }) => {
    const allowed = dev || devOptional ? FOR_TOOLS : PERMISSIVE;
    if (license === undefined) return [`${name} says no licence`];
    return isAllowed(license, allowed) ? [] : [`${name} is under ${license}`];
  });
}

/**
 * `isAllowed("(MIT OR GPL-3.0-or-later)", new Set(["MIT"]))` → true. What is no expression, or has an exception (`WITH`),
 * is not allowed: somebody has to look at it.
 */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;

  function either(): boolean {
    let isFine = both();
    while (tokens[at] === "OR") {
      at += 1;
      isFine = both() || isFine;
    }
    return isFine;
  }

  function both(): boolean {
    let isFine = one();
    while (tokens[at] === "AND") {
      at += 1;
      isFine = one() && isFine;
    }
    return isFine;
  }

  function one(): boolean {
    const token = tokens[at++];
    if (token !== "(") return token !== undefined && allowed.has(token);
    const isFine = either();
    return tokens[at++] === ")" && isFine;
  }

  return either() && at === tokens.length;
}
