/** Results as tables: JSON lines for machines, and markdown for the section of docs/performance.md that bears the bench's name. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What a reader must know to read the figures. */
  readonly note?: string;
}

const PAGE = new URL("../docs/performance.md", import.meta.url);

export function machineFacts(): string {
  const [cpu] = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const load = fixed(loadavg()[0] ?? 0, 1);
  return `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${memoryGiB} GiB, Node ${process.version.slice(1)}, ${process.platform}, load average ${load}`;
}

export function printJson(bench: string, tables: readonly Table[]): void {
  const at = new Date().toISOString();
  const machine = machineFacts();
  for (const { title, columns, rows } of tables) {
    for (const row of rows) {
      const values = Object.fromEntries(columns.map((column, i) => [column, row[i]]));
      process.stdout.write(`${JSON.stringify({ bench, title, at, machine, ...values })}\n`);
    }
  }
}

/** Replaces what stands between `<!-- bench NAME -->` and `<!-- end NAME -->`. */
export function writeSection(
  bench: string,
  tables: readonly Table[],
  command = `bench -- --write ${bench}`,
): void {
  const page = readFileSync(PAGE, "utf8");
  const begin = `<!-- bench ${bench} -->`;
  const end = `<!-- end ${bench} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no section ${bench}`);
  const date = new Date().toISOString().slice(0, 10);
  const facts = `\`npm run ${command}\`, ${date}, ${machineFacts()}`;
  const body = tables.map((table) => `${toMarkdown(table)}\n`).join("\n");
  writeFileSync(
    PAGE,
    `${page.slice(0, from + begin.length)}\n\n${body}\n${facts}\n\n${page.slice(to)}`,
  );
}

function toMarkdown({ title, columns, rows, note }: Table): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const table = [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
  return `**${title}**\n\n${table}${note === undefined ? "" : `\n\n${note}`}`;
}

/** `fixed(1.005, 1)` → `1.0`; larger numbers get their thousands marked. */
export function fixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
