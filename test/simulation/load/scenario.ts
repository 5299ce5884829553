/** A load with what must hold under it, and what is printed of it: a row of the table in `docs/performance.md`. */

export interface Demand<Figures> {
  readonly what: string;
  holds(figures: Figures): boolean;
}

export interface Scenario<Figures = unknown> {
  readonly offered: string;
  readonly demands: readonly Demand<Figures>[];
  /** What the code did before it was made for this load. */
  readonly before: string;
  run(): Promise<Figures>;
  /** In short, of the run. */
  now(figures: Figures): string;
}

export interface Verdict {
  readonly row: string;
  readonly figures: unknown;
  /** The demands that do not hold. */
  readonly failed: readonly string[];
}

export async function runScenario<Figures>(
  name: string,
  { offered, demands, before, run, now }: Scenario<Figures>,
): Promise<Verdict> {
  const figures = await run();
  const failed = demands.filter(({ holds }) => !holds(figures)).map(({ what }) => what);
  const demanded = demands.map(({ what }) => what).join("; ");
  const found = now(figures) + (failed.length > 0 ? ` **Missed: ${failed.join("; ")}**` : "");
  const command = `\`--load ${name}\``;
  return {
    row: `| ${[offered, demanded, before, found, command].join(" | ")} |`,
    figures,
    failed,
  };
}

export const TABLE_HEAD = [
  "| offered | must hold | before | now | `npm run sim --` |",
  "| --- | --- | --- | --- | --- |",
].join("\n");
