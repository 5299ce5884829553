/** Browsers may call the API from any page: a signature, not an origin, is what lets a caller in. */
import { ECHO_MAX_LENGTH } from "../limits.ts";
import { headerOf, type HttpRequest, type HttpResponse } from "./http.ts";

const MAX_AGE_SECONDS = 172_800;

export function preflightResponse(request: HttpRequest): HttpResponse {
  const headers = repeatable(request, "access-control-request-headers");
  const method = repeatable(request, "access-control-request-method");
  return {
    status: 200,
    headers: {
      ...(headers === undefined ? {} : { "Access-Control-Allow-Headers": headers }),
      ...(method === undefined ? {} : { "Access-Control-Allow-Methods": method }),
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Max-Age": String(MAX_AGE_SECONDS),
    },
    body: "",
  };
}

/** What no browser sends is not sent back to it. */
function repeatable(request: HttpRequest, name: string): string | undefined {
  const value = headerOf(request, name);
  return value !== undefined && value.length <= ECHO_MAX_LENGTH ? value : undefined;
}

/** What a page's script may read of an answer. */
export const CORS_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date",
} as const;
