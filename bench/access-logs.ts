/**
 * Records as a web server logs them, in the combined format with a duration: a population of visitors with their
 * browsers, pages of very different popularity, sizes that belong to pages. Generated, so that compression meets
 * what it meets in life, and seeded, so that every run meets the same.
 */
import { seededRandom } from "../test/helpers/seeded-random.ts";

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
  "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
  "okhttp/4.12.0",
  "curl/8.10.1",
];
const SECTIONS = ["api/orders", "api/users", "products", "assets/img", "search", "checkout"];
const STATUSES = [200, 200, 200, 200, 200, 200, 304, 302, 404, 500];
const VISITOR_COUNT = 2000;
const PAGE_COUNT = 500;
const START_MS = Date.UTC(2026, 10, 23);
const GAP_MAX_MS = 40;

/**
 * `count` records of exactly `recordBytes`: a line is cut, or joined by further lines, as producers that gather
 * lines send them.
 */
export function accessLogs(options: {
  readonly count: number;
  readonly recordBytes: number;
  readonly seed?: number;
}): readonly Buffer[] {
  const { fraction } = seededRandom(options.seed ?? 1);
  const upTo = (max: number) => Math.floor(fraction() * max);
  const pick = <T>(values: readonly T[]) => values[upTo(values.length)]!;
  /** The first of them often, the last hardly ever. */
  const pickPopular = <T>(values: readonly T[]) =>
    values[Math.floor(fraction() ** 3 * values.length)]!;

  const visitors = Array.from({ length: VISITOR_COUNT }, () => ({
    address: `${10 + upTo(200)}.${upTo(256)}.${upTo(256)}.${upTo(256)}`,
    agent: pickPopular(AGENTS),
  }));
  const pages = Array.from({ length: PAGE_COUNT }, () => ({
    path: `/${pick(SECTIONS)}/${upTo(100_000)}`,
    bytes: upTo(60_000),
  }));
  let atMs = START_MS;
  function line(): string {
    atMs += upTo(GAP_MAX_MS);
    const { address, agent } = pickPopular(visitors);
    const { path, bytes } = pickPopular(pages);
    const at = new Date(atMs).toISOString();
    const method = fraction() < 0.9 ? "GET" : "POST";
    const referrer = `https://www.example.com${pickPopular(pages).path}`;
    return `${address} - - [${at}] "${method} ${path} HTTP/1.1" ${pick(STATUSES)} ${bytes} "${referrer}" "${agent}" 0.${upTo(1000)}\n`;
  }
  return Array.from({ length: options.count }, () => {
    let text = line();
    while (text.length < options.recordBytes) text += line();
    return Buffer.from(`${text.slice(0, options.recordBytes - 1)}\n`);
  });
}
