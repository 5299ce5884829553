/**
 * `POST …/credentials`: the one thing of Hydrant's that is asked without a signature of its own. The body is a proof of an AWS
 * identity, the answer a key in the form in which SDKs take it from a `credential_process`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
import type { AwsIdentities } from "../auth/aws-identities.ts";
import { type ErrorName, serviceError, toServiceError } from "../errors.ts";
import { IDENTITY_EXCHANGE_MAX_BYTES } from "../limits.ts";
import { JSON_ENCODING } from "./codec.ts";
import { headerOf, type HttpRequest, type HttpResponse } from "./http.ts";
import { errorResponse } from "./respond.ts";

export const EXCHANGE_PATH = "/credentials";

export interface Exchanged {
  readonly response: HttpResponse;
  /** Of what was given. */
  readonly accessKeyId?: string;
  readonly error?: ErrorName;
  /** What was thrown, when it was not meant for the caller. */
  readonly failure?: unknown;
}

/** Calls name their target; what has none and comes to this path is an exchange. */
export function isExchange({ method, paths, headers }: HttpRequest): boolean {
  return (
    method === "POST" &&
    !headers.has("x-amz-target") &&
    paths.some((path) => path.endsWith(EXCHANGE_PATH))
  );
}

/** Never rejects. */
export async function exchangeIdentity(
  request: HttpRequest,
  identities: AwsIdentities,
): Promise<Exchanged> {
  try {
    const given = await identities.exchange(parse(request), audienceOf(request));
    const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = given;
    const body = JSON.stringify({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(expiresAtMs).toISOString(),
    });
    const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
    return { response: { status: 200, headers, body }, accessKeyId };
  } catch (thrown) {
    const error = toServiceError(thrown);
    return {
      response: errorResponse(JSON_ENCODING, error),
      error: error.name,
      ...(error !== thrown && { failure: thrown }),
    };
  }
}

function parse({ body }: HttpRequest): unknown {
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  if (text.length > IDENTITY_EXCHANGE_MAX_BYTES) {
    throw serviceError(
      "ValidationException",
      `The body must have at most ${IDENTITY_EXCHANGE_MAX_BYTES} bytes`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw serviceError("SerializationException", "The body must be JSON");
  }
}

/** The host that the request was sent to, which a gateway has found its way by. */
function audienceOf(request: HttpRequest): string {
  const host = headerOf(request, "host")?.toLowerCase() ?? "";
  if (/^[a-z0-9.:[\]-]{1,255}$/.test(host)) return host;
  throw serviceError("ValidationException", "The request must name its host");
}
