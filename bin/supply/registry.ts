/**
 * What only the registry can say: whether a package has known flaws, and whether the registry signed it. One that does not say
 * is no comfort, so that answer is told apart from a good one.
 * https://docs.npmjs.com/cli/commands/npm-audit
 */

export type Verdict =
  | { readonly kind: "clean" }
  | { readonly kind: "problems"; readonly problems: readonly string[] }
  /** Nobody looked. */
  | { readonly kind: "unchecked"; readonly reason: string };

interface Answer {
  readonly error?: { readonly code?: string; readonly summary?: string };
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly invalid?: readonly Signed[];
  readonly missing?: readonly Signed[];
}

interface Vulnerability {
  readonly severity: string;
  readonly range: string;
  /** Advisories, or names of the packages that it has them from. */
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
}

interface Signed {
  readonly name: string;
  readonly version: string;
}

/** Of `npm audit --json`. */
export function advisoryVerdict(output: string): Verdict {
  const answer = parse(output);
  const { vulnerabilities } = answer;
  if (vulnerabilities === undefined) return unchecked(answer);
  return verdictOf(
    Object.entries(vulnerabilities).map(([name, { severity, range, via }]) => {
      const why = via.map((one) => (typeof one === "string" ? one : `${one.title}, ${one.url}`));
      return `${name} ${range} (${severity}): ${why.join("; ")}`;
    }),
  );
}

/** Of `npm audit signatures --json`. */
export function signatureVerdict(output: string): Verdict {
  const answer = parse(output);
  const { invalid, missing } = answer;
  if (invalid === undefined || missing === undefined) return unchecked(answer);
  const told = (what: string) => (one: Signed) =>
    `${one.name}@${one.version} has ${what} signature`;
  return verdictOf([...invalid.map(told("an invalid")), ...missing.map(told("no"))]);
}

function verdictOf(problems: readonly string[]): Verdict {
  return problems.length === 0 ? { kind: "clean" } : { kind: "problems", problems };
}

function unchecked({ error, message }: Answer): Verdict {
  const reason = error?.summary || message || error?.code || "the registry answered nothing";
  return { kind: "unchecked", reason: reason.split("\n", 1)[0]! };
}

function parse(output: string): Answer {
  try {
    return (JSON.parse(output) ?? {}) as Answer;
  } catch {
    return {};
  }
}
