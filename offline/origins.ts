/**
 * Which web pages may speak to the local ports. The local key is public, and some ports ask for none, so a page of
 * any site that the user happens to visit could read and change everything. A browser says where a request comes
 * from; programs that are no browsers say nothing, and are served.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** `http://localhost:3000` or `https://dash.example.com:8443`: scheme, host and port of pages that may call. */
export type AllowedOrigins = ReadonlySet<string>;

/** None beside those of the loopback. */
export const NO_ORIGINS: AllowedOrigins = new Set();

/** Told to who looks into a browser's console why a page of theirs gets no answer. */
export const FOREIGN_REASON =
  "Requests of web pages from other origins are refused; HYDRANT_ORIGINS names those that are served.";

/** Reads `HYDRANT_ORIGINS`: origins beside those of the loopback, comma-separated. */
export function readOrigins(text: string | undefined): AllowedOrigins {
  const origins = (text ?? "").split(",").flatMap((part) => part.trim() || []);
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error(
        `HYDRANT_ORIGINS must name origins, such as https://dash.example.com:8443, separated by commas; got ${origin}`,
      );
    }
  }
  return new Set(origins);
}

/**
 * Whether a browser sent this for a page that is neither of this machine nor named by the user. `null`, the origin
 * of sandboxed frames and of files, is anybody's. A page that has its own name resolve to the loopback is of the
 * same origin as we are, but for the name in `Host`; read by plain HTTP, its browser says nothing but what it is.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
export function isForeignPage(headers: IncomingHttpHeaders, allowed: AllowedOrigins): boolean {
  const { origin } = headers;
  if (origin !== undefined) return !isAllowed(origin, allowed);
  const site = headers["sec-fetch-site"];
  if (site === "none") return false;
  if (site !== undefined && site !== "same-origin") return true;
  const host = String(headers[":authority"] ?? headers.host ?? "");
  // A program may call us by any name; an address is not a page's to give.
  if (site === undefined && (!isBrowser(headers) || isAddress(host))) return false;
  return !isAllowed(`http://${host}`, allowed) && !isAllowed(`https://${host}`, allowed);
}

function isAllowed(origin: string, allowed: AllowedOrigins): boolean {
  if (allowed.has(origin)) return true;
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

/** Every browser's begins so, for the sake of servers of the nineties. */
function isBrowser(headers: IncomingHttpHeaders): boolean {
  return headers["user-agent"]?.startsWith("Mozilla/") ?? false;
}

function isAddress(host: string): boolean {
  const { hostname } = URL.parse(`http://${host}`) ?? {};
  return hostname !== undefined && isIP(hostname.replaceAll(/^\[|\]$/g, "")) !== 0;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
