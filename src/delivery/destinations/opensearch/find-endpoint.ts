/**
 * Where a domain is reached, asked of the service and remembered for some minutes: a domain's endpoint changes seldom. One that
 * could not be reached is forgotten.
 * https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html
 */
import { type Clock, isFresh } from "../../../clock.ts";
import {
  DOMAIN_ANSWER_MAX_BYTES,
  DOMAIN_ENDPOINT_MAX_AGE_MS,
  DOMAIN_ENDPOINTS_KEPT_MAX_COUNT,
  DOMAIN_TIMEOUT_MS,
} from "../../../limits.ts";
import { endpointDomainOf } from "../../../partition.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { ReceiverHttp } from "../receivers/ports.ts";

export type EndpointResult =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "refused"; readonly error: DeliveryError };

interface Known {
  readonly url: string;
  readonly askedAtMs: number;
}

/** By the client that asks, for a process has one. */
const known = new WeakMap<ReceiverHttp, Map<string, Known>>();

export interface DomainQuestion {
  readonly arn: string;
  readonly roleArn: string;
  /** What error codes begin with. */
  readonly codes: string;
}

export async function endpointOfDomain(
  http: ReceiverHttp,
  clock: Pick<Clock, "now">,
  { arn, roleArn, codes }: DomainQuestion,
): Promise<EndpointResult> {
  const all = known.get(http) ?? new Map<string, Known>();
  known.set(http, all);
  const standing = all.get(arn);
  if (standing && isFresh(standing.askedAtMs, clock.now(), DOMAIN_ENDPOINT_MAX_AGE_MS)) {
    return { kind: "url", url: standing.url };
  }
  const [, , , region = "", , name = ""] = arn.split(":");
  const answer = await http.send({
    method: "GET",
    url: `https://es.${region}.${endpointDomainOf(region)}/2021-01-01/opensearch/${name}`,
    headers: {},
    timeoutMs: DOMAIN_TIMEOUT_MS,
    maxBytes: DOMAIN_ANSWER_MAX_BYTES,
    signing: { service: "es", region, roleArn },
  });
  if (answer.kind === "none") return refused("ConnectionFailed", answer.detail);
  if (answer.kind === "too large" || answer.status >= 500) {
    return refused("ServiceException", `the service answered ${answer.status}`);
  }
  if (answer.status !== 200) {
    const isMissing = answer.status === 404 || answer.status === 409;
    return refused(
      isMissing ? "DomainNotFound" : "AccessDenied",
      `the service answered ${answer.status}; the role needs es:DescribeDomain`,
    );
  }
  const host = hostIn(answer.body);
  if (host === undefined) return refused("DomainNotReady", "it has no endpoint yet");
  const url = `https://${host}`;
  if (all.size >= DOMAIN_ENDPOINTS_KEPT_MAX_COUNT) all.clear();
  all.set(arn, { url, askedAtMs: clock.now() });
  return { kind: "url", url };

  function refused(code: string, words: string): EndpointResult {
    const errorMessage = `The endpoint of ${arn} could not be found: ${words}.`;
    return { kind: "refused", error: { errorCode: `${codes}.${code}`, errorMessage } };
  }
}

export function forgetEndpoint(http: ReceiverHttp, arn: string): void {
  known.get(http)?.delete(arn);
}

/** Of a domain in a VPC it is another member. */
function hostIn(body: Uint8Array): string | undefined {
  try {
    const { DomainStatus } = JSON.parse(Buffer.from(body).toString()) as {
      readonly DomainStatus?: {
        readonly Endpoint?: unknown;
        readonly Endpoints?: Readonly<Record<string, unknown>>;
      };
    };
    const host = DomainStatus?.Endpoint ?? DomainStatus?.Endpoints?.["vpc"];
    return typeof host === "string" && /^[A-Za-z0-9.-]+$/.test(host) ? host : undefined;
  } catch {
    return undefined;
  }
}
