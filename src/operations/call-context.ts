/** What identifies a producer's call, for the log to recognise its retries. */
import type { Caller } from "../auth/sigv4.ts";
import type { ProducerRequest } from "../log/record.ts";
import { callId, parseAttempt } from "../log/retry.ts";
import { headerOf, type HttpRequest } from "../wire/http.ts";

/** `undefined` for clients that send no invocation id: nothing proves their retries. */
export function producerRequest(request: HttpRequest, caller: Caller): ProducerRequest | undefined {
  const invocationId = headerOf(request, "amz-sdk-invocation-id");
  if (invocationId === undefined) return undefined;
  return {
    callId: callId({
      accessKeyId: caller.accessKey.id,
      target: headerOf(request, "x-amz-target") ?? "",
      invocationId,
      payloadSha256: caller.payloadHash,
    }),
    attempt: parseAttempt(headerOf(request, "amz-sdk-request")),
  };
}
