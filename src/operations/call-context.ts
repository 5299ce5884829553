/** What identifies a producer's call, for the log to recognise its retries. */
import type { Caller } from "../auth/sigv4.ts";
import type { ProducerRequest } from "../log/record.ts";
import { parseAttempt, requestProof } from "../log/retry.ts";
import { headerOf, type HttpRequest } from "../wire/http.ts";

/** `undefined` for clients that send no invocation id: nothing proves their retries. */
export function producerRequest(request: HttpRequest, caller: Caller): ProducerRequest | undefined {
  const invocationId = headerOf(request, "amz-sdk-invocation-id");
  if (invocationId === undefined) return undefined;
  return {
    proof: requestProof(caller.accessKey.id, invocationId, caller.payloadHash),
    attempt: parseAttempt(headerOf(request, "amz-sdk-request")),
  };
}
