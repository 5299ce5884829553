/**
 * What an HTTP endpoint's answer means. Only a 200 with the answer that is asked for is a success; everything else is tried
 * again, but for a 413, which would be one again.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html#responseformat
 */
import { HTTP_ENDPOINT_ERROR_MAX_LENGTH, QUOTED_ANSWER_MAX_LENGTH } from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { BatchOutcome } from "../receivers/port.ts";
import type { ReceiverAnswer } from "../receivers/ports.ts";
import { cutText } from "../receivers/quoted.ts";
import { retryAfterMs } from "../receivers/retry-after.ts";

/** By AWS's codes without what they begin with: its sentences. */
const SENTENCES = {
  RequestTimeout:
    "The delivery timed out before a response was received and will be retried. If this error persists, contact the AWS Firehose service team.",
  ResponseTooLarge:
    "The response received from the endpoint is too large. Contact the owner of the endpoint to resolve this issue.",
  InvalidResponseFromDestination:
    "The response received from the specified endpoint is invalid. Contact the owner of the endpoint to resolve the issue.",
  ConnectionFailed:
    "Unable to connect to the destination endpoint. Contact the owner of the endpoint to resolve this issue.",
  ConnectionReset:
    "Unable to maintain connection with the endpoint. Contact the owner of the endpoint to resolve this issue.",
  SSLHandshakeFailure:
    "Trouble establishing an SSL connection with the endpoint. Contact the owner of the endpoint to resolve this issue.",
} as const;

type Code = keyof typeof SENTENCES;

/** @param detail in words of ours, without record data */
export function endpointError(code: Code, detail?: string): DeliveryError {
  const sentence = SENTENCES[code];
  return {
    errorCode: `HttpEndpoint.${code}`,
    errorMessage: detail === undefined ? sentence : `${sentence} ${detail}`,
  };
}

/** It may quote anything: of a record's failure the owner's log has but the status. */
function destinationException(status: number, body: string): DeliveryError {
  return {
    errorCode: "HttpEndpoint.DestinationException",
    errorMessage: `The following response was received from the endpoint destination. ${status}: ${body}`,
  };
}

/** What others would be answered alike. */
const OF_THE_BATCH = new Set([400, 413, 422]);

const TOO_LARGE = 413;

export function judged(
  answer: ReceiverAnswer,
  { requestId, isLenient = false }: { readonly requestId: string; readonly isLenient?: boolean },
): BatchOutcome {
  if (answer.kind === "none") return { kind: "retry", error: noAnswer(answer), isAway: true };
  const { status } = answer;
  if (isLenient && status >= 200 && status <= 299) return { kind: "delivered" };
  if (answer.kind === "too large") {
    return { kind: "retry", error: endpointError("ResponseTooLarge"), isAway: true };
  }
  if (status === 200) return judgedBody(answer, requestId);
  const error = destinationException(status, cutText(answer.body, QUOTED_ANSWER_MAX_LENGTH));
  if (status === TOO_LARGE) return { kind: "failed", error };
  const afterMs = retryAfterMs(answer.headers["retry-after"]);
  return {
    kind: "retry",
    error,
    isAway: !OF_THE_BATCH.has(status),
    ...(afterMs !== undefined && { afterMs }),
  };
}

function noAnswer({ reason, detail }: Extract<ReceiverAnswer, { kind: "none" }>): DeliveryError {
  switch (reason) {
    case "timeout":
      return endpointError("RequestTimeout");
    case "tls":
      return endpointError("SSLHandshakeFailure", detail);
    case "not allowed":
      return endpointError("ConnectionFailed", detail);
    case "cut":
      return endpointError("ConnectionReset");
    case "connection":
      return endpointError("ConnectionFailed", detail);
  }
}

/** Of an answer that is a 200. */
function judgedBody(
  { headers, body }: Extract<ReceiverAnswer, { kind: "answer" }>,
  requestId: string,
): BatchOutcome {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  // As if it were a 500 without a body.
  if (type !== "application/json") {
    return { kind: "retry", error: destinationException(500, ""), isAway: true };
  }
  const problem =
    headers["content-encoding"] === undefined
      ? bodyProblem(body, requestId)
      : "It must not be encoded.";
  if (problem === undefined) return { kind: "delivered" };
  const error = endpointError("InvalidResponseFromDestination", problem);
  return { kind: "retry", error, isAway: true };
}

const MEMBERS = new Set(["requestId", "timestamp", "errorMessage"]);

/** Why it is not the answer that is asked for, without quoting it; `undefined`: it is. */
function bodyProblem(body: Uint8Array, requestId: string): string | undefined {
  const answer = parsed(body);
  if (answer === undefined) return "It is not a JSON object.";
  if (answer["requestId"] !== requestId) return "Its requestId is not that of the request.";
  if (typeof answer["timestamp"] !== "number") return "Its timestamp is not a number.";
  const { errorMessage = "" } = answer;
  if (typeof errorMessage !== "string" || errorMessage.length > HTTP_ENDPOINT_ERROR_MAX_LENGTH) {
    return `Its errorMessage is not a text of at most ${HTTP_ENDPOINT_ERROR_MAX_LENGTH} characters.`;
  }
  return Object.keys(answer).every((name) => MEMBERS.has(name))
    ? undefined
    : "It has members besides requestId, timestamp and errorMessage.";
}

function parsed(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
