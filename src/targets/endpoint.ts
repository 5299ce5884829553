/**
 * URLs that somebody names for Hydrant to send to. They are checked twice: their text when they are named, and where they
 * lead whenever a connection is made, for a name may lead elsewhere by then (`reach-guard.ts`).
 */
import { isIP } from "node:net";
import { matchesWildcard } from "../wildcard.ts";
import { isReachable, type Reach } from "./address.ts";
import { TARGET_KINDS } from "./kinds.ts";

export interface EndpointRules extends Reach {
  /**
   * What the deployment lists: `https://*.example.com/intake/*`, in which a `*` stays within the host or the path; without a
   * port the scheme's, without a path every path. `*` alone is everything.
   */
  readonly patterns: readonly string[];
}

const EVERYTHING = "*";

const PATTERN =
  /^(?<scheme>https?):\/\/(?<host>\[[^\]]*\]|[^/:?#@]+)(?::(?<port>\d+))?(?<path>\/.*)?$/;

/** Why it may not be named; `undefined`: it may. */
export function endpointProblem(text: string, rules: EndpointRules): string | undefined {
  // Its parser writes addresses one way, however they were written: 0x7f.1, 2130706433 and 0177.0.0.1 are 127.0.0.1.
  const url = URL.parse(text);
  if (url === null) return `${text} is not a URL`;
  if (url.protocol !== "https:" && !(rules.mayReachLoopback && url.protocol === "http:")) {
    return `A URL must begin with https://, got ${text}`;
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    return "A URL must hold neither a user, a password nor a fragment";
  }
  const host = hostOf(url);
  if (isLocalName(host) && !rules.mayReachLoopback) return noPlace(host);
  if (isIP(host) !== 0 && !isReachable(host, rules)) return noPlace(host);
  if (rules.patterns.some((pattern) => pattern === EVERYTHING || isLike(pattern, url, host))) {
    return undefined;
  }
  const { parameter, words } = TARGET_KINDS.endpoint;
  return `${url.origin}${url.pathname} is not among ${words}: the parameter ${parameter} of this deployment lists them`;
}

export function noPlace(host: string): string {
  return `${host} is an address of this machine or of a network behind it, which nothing is sent to`;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function isLocalName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

function isLike(pattern: string, url: URL, host: string): boolean {
  const { scheme, host: wanted = "", port, path = "/*" } = PATTERN.exec(pattern)?.groups ?? {};
  if (`${scheme}:` !== url.protocol) return false;
  const usual = scheme === "https" ? "443" : "80";
  return (
    matchesWildcard(wanted.replace(/^\[(.*)\]$/, "$1").toLowerCase(), host) &&
    (port ?? usual) === (url.port || usual) &&
    matchesWildcard(path, url.pathname)
  );
}
