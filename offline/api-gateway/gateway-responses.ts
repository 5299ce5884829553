/**
 * What API Gateway answers by itself, as the stack's resources word it (`AWS::ApiGateway::GatewayResponse`), so that a
 * client meets the same names here and there.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
import type { ServerResponse } from "node:http";
import type { AnyResponse } from "../front/exchange.ts";
import type { Resource } from "../template.ts";

export type GatewayProblem = keyof typeof PROBLEMS;

/** Status and sentence, unless the resources say others. */
const PROBLEMS = {
  API_CONFIGURATION_ERROR: [500, "Internal server error"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token"],
  REQUEST_TOO_LARGE: [413, "Request Too Long"],
} as const;

interface Worded {
  readonly StatusCode?: unknown;
  readonly ResponseParameters?: Readonly<Record<string, string>>;
  readonly ResponseTemplates?: Readonly<Record<string, string>>;
}

export interface GatewayResponses {
  /** Once nothing was answered yet. */
  answer(response: AnyResponse, problem: GatewayProblem, requestId: string): void;
}

export function gatewayResponses(resources: Readonly<Record<string, Resource>>): GatewayResponses {
  const worded = new Map<string, Worded>();
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== "AWS::ApiGateway::GatewayResponse" || Properties === undefined) continue;
    worded.set(String(Properties["ResponseType"]), Properties);
  }
  return {
    answer(response, problem, requestId) {
      const [usualStatus, message] = PROBLEMS[problem];
      const usual = usualStatus < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX";
      const { StatusCode, ResponseParameters, ResponseTemplates } =
        worded.get(problem) ?? worded.get(usual) ?? {};
      const [contentType, template] = Object.entries(ResponseTemplates ?? {})[0] ?? [
        "application/json",
        '{"message":$context.error.messageString}',
      ];
      const body = template
        .replaceAll("$context.error.messageString", JSON.stringify(message))
        .replaceAll("$context.error.responseType", problem)
        .replaceAll("$context.requestId", requestId);
      const headers: Record<string, string | number> = {
        "content-type": contentType,
        "x-amzn-requestid": requestId,
        "content-length": Buffer.byteLength(body),
      };
      for (const [name, value] of Object.entries(ResponseParameters ?? {})) {
        const header = name.replace(/^gatewayresponse\.header\./, "").toLowerCase();
        // Fixed values stand in quotes.
        headers[header] = value.replace(/^'|'$/g, "");
      }
      // What was not read stands in the way of the next request.
      if (response.req.httpVersionMajor === 1 && !response.req.complete) {
        headers["connection"] = "close";
      }
      (response as ServerResponse).writeHead(Number(StatusCode ?? usualStatus), headers).end(body);
      response.req.resume();
    },
  };
}
