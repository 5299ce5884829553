/**
 * Filter criteria of an event source, as far as serverless.yml uses them: top-level members and the values they may
 * have, such as `{ eventName: [INSERT, MODIFY] }`. A record passes when any pattern matches.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export type FilterPattern = Readonly<Record<string, readonly unknown[]>>;

/** Throws on patterns beyond plain values, for a filter that is not understood must not be passed over. */
export function parseFilterPatterns(patterns: unknown): readonly FilterPattern[] {
  if (patterns === undefined) return [];
  if (!Array.isArray(patterns)) throw new Error("filterPatterns: expected a list of patterns");
  for (const pattern of patterns) {
    for (const [member, values] of Object.entries(pattern as object)) {
      const isPlain =
        Array.isArray(values) &&
        values.every((value) => typeof value !== "object" || value === null);
      if (!isPlain) throw new Error(`filterPatterns: ${member} must be a list of plain values`);
    }
  }
  return patterns as readonly FilterPattern[];
}

export function passesFilter(patterns: readonly FilterPattern[], record: object): boolean {
  if (patterns.length === 0) return true;
  const members = record as Readonly<Record<string, unknown>>;
  return patterns.some((pattern) =>
    Object.entries(pattern).every(([member, values]) => values.includes(members[member])),
  );
}
