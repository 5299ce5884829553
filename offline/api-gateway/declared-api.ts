/** The one REST API as serverless.yml declares it by `http` events, and what of that API Gateway goes by. */
import type { FunctionDefinition } from "../mappings.ts";
import type { ApiFunction } from "./function.ts";
import { EDGE_IDLE_MAX_MS, GATHERING_MAX_MS, REGIONAL_IDLE_MAX_MS } from "./limits.ts";

export interface DeclaredApi {
  readonly definition: FunctionDefinition;
  readonly transferMode: ApiFunction["transferMode"];
  readonly binaryMediaTypes: readonly string[];
  readonly maxMs: number;
  readonly idleMaxMs: number;
}

/** What we use of the framework's `provider`. */
export interface ApiProvider {
  readonly endpointType?: string;
  readonly apiGateway?: { readonly binaryMediaTypes?: readonly string[] };
}

interface HttpEvent {
  readonly response?: { readonly transferMode?: string };
  readonly timeoutInMillis?: number;
}

/** Takes the `http` events off the functions, so that the framework has no API of its own to serve. */
export function takeApi(
  functions: Readonly<Record<string, FunctionDefinition>>,
  { endpointType, apiGateway }: ApiProvider,
): DeclaredApi {
  const definition = Object.values(functions).find(({ events }) =>
    events.some((event) => event["http"] !== undefined),
  );
  const http = definition?.events.find((event) => event["http"] !== undefined)?.["http"];
  if (definition === undefined || http === undefined) {
    throw new Error("serverless.yml has no function with http events");
  }
  for (const each of Object.values(functions)) {
    each.events = each.events.filter((event) => event["http"] === undefined);
  }
  const { response, timeoutInMillis = GATHERING_MAX_MS } = http as HttpEvent;
  const isEdge = endpointType?.toUpperCase() === "EDGE";
  return {
    definition,
    transferMode: response?.transferMode?.toUpperCase() === "STREAM" ? "STREAM" : "BUFFERED",
    binaryMediaTypes: apiGateway?.binaryMediaTypes ?? [],
    maxMs: timeoutInMillis,
    idleMaxMs: isEdge ? EDGE_IDLE_MAX_MS : REGIONAL_IDLE_MAX_MS,
  };
}
