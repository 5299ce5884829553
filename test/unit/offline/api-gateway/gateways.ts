/** The model of API Gateway on a port of its own, before functions of a test's own. */
import { createGateway, type GatewayOptions } from "../../../../offline/api-gateway/gateway.ts";
import { gatewayResponses } from "../../../../offline/api-gateway/gateway-responses.ts";
import type { ApiFunction } from "../../../../offline/api-gateway/function.ts";
import { startFront } from "../../../../offline/front/front.ts";

export const CBOR = "application/x-amz-cbor-1.1";

/** As Lambda's runtime does for a function that uses `HttpResponseStream.from`. */
export function withHead(stream: { setPrelude(prelude: object): void }, statusCode = 200): void {
  stream.setPrelude({ statusCode, headers: { "Content-Type": CBOR } });
}

export async function startGateway(
  api: ApiFunction,
  {
    bounds,
    ...options
  }: Partial<Omit<GatewayOptions, "bounds">> & {
    readonly bounds?: Partial<GatewayOptions["bounds"]>;
  } = {},
) {
  const problems: unknown[] = [];
  const front = await startFront({ port: 0, report: (error) => problems.push(error) });
  const serve = createGateway({
    api,
    accountId: "000000000000",
    binaryMediaTypes: [CBOR],
    responses: gatewayResponses({}),
    report: (error) => problems.push(error),
    ...options,
    bounds: { maxMs: 60_000, idleMaxMs: 60_000, isPaced: false, ...bounds },
  });
  const served: Promise<void>[] = [];
  front.open((request, response) => {
    const serving = serve(request, response);
    served.push(serving.catch(() => {}));
    return serving;
  });
  return {
    origin: `http://127.0.0.1:${front.port}`,
    problems,
    /** Settles when every request that came has been done with. */
    allServed: () => Promise.all(served),
    stop: () => front.stop(),
  };
}
