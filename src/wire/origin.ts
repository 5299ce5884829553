/**
 * Where a request came from. The address is the gateway's own finding. That it came over TLS the gateway says in a header
 * that it sets itself, whatever the client had there; a header that says two things, or nothing, says no.
 */
import type { HttpRequest, RequestOrigin } from "./http.ts";

export function originOf(
  sourceIp: string | undefined,
  headers: HttpRequest["headers"],
): RequestOrigin {
  const hops = headers.get("x-forwarded-proto")?.join(",").split(",") ?? [];
  return {
    ...(sourceIp !== undefined && sourceIp !== "" && { address: sourceIp }),
    isSecure: hops.length > 0 && hops.every((protocol) => protocol.trim() === "https"),
  };
}
