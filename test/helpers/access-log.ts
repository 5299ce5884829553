/** Lines of a web server's access log in the combined format, numbered, the same for the same seed. */
import { seededRandom } from "./seeded-random.ts";

const METHODS = ["GET", "GET", "GET", "GET", "POST", "PUT", "DELETE"];
const STATUSES = [200, 200, 200, 200, 204, 301, 304, 404, 500];
const SECTIONS = ["products", "orders", "search", "images", "users", "articles"];
const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
  "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)",
  "curl/8.11.0",
];
const FIRST_REQUEST_MS = Date.UTC(2026, 9, 10, 13, 55, 36);
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Lines 0, 1, 2, …, each ending in a newline and holding `?n=` and its number. */
export function* accessLog(seed: number): Generator<string, never> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random.fraction() * limit);
  const pick = <T>(items: readonly T[]) => items[below(items.length)] as T;
  let atMs = FIRST_REQUEST_MS;
  for (let n = 0; ; n++) {
    atMs += below(900);
    const client = `${1 + below(223)}.${below(256)}.${below(256)}.${1 + below(254)}`;
    const user = below(8) === 0 ? `user${below(500)}` : "-";
    const path = `/${pick(SECTIONS)}/${below(100_000).toString(36)}?n=${n}`;
    const request = `${pick(METHODS)} ${path} HTTP/1.1`;
    const referrer = below(3) === 0 ? "-" : `https://shop.example/${pick(SECTIONS)}`;
    yield `${client} - ${user} [${logTime(atMs)}] "${request}" ${pick(STATUSES)} ${below(60_000)} "${referrer}" "${pick(AGENTS)}"\n`;
  }
}

export function accessLogLines(seed: number, count: number): readonly string[] {
  const log = accessLog(seed);
  return Array.from({ length: count }, () => log.next().value);
}

/** `10/Oct/2026:13:55:36 +0000` */
function logTime(atMs: number): string {
  const at = new Date(atMs);
  const day = String(at.getUTCDate()).padStart(2, "0");
  const time = at.toISOString().slice(11, 19);
  return `${day}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${time} +0000`;
}
