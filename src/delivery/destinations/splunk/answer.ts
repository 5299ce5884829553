/**
 * What HEC's answers mean. What they say stands in a code, and none of their text is passed on.
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { BatchOutcome } from "../receivers/port.ts";
import type { ReceiverAnswer } from "../receivers/ports.ts";
import { retryAfterMs } from "../receivers/retry-after.ts";

type Answered = Extract<ReceiverAnswer, { kind: "answer" }>;

/** Whether a refusal is of the batch alone, or of whatever would be sent now. */
type Reach = "batch for good" | "batch" | "all";

/** By AWS's codes without what they begin with. */
const SENTENCES = {
  AckTimeout:
    "Splunk did not acknowledge the batch within HECAcknowledgmentTimeoutInSeconds; it is sent again.",
  ConnectionClosed: "The connection to Splunk was closed before it had answered.",
  ConnectionTimeout: "Splunk did not answer in time.",
  DisabledAck:
    "Indexer acknowledgement is disabled for the token. Enable it in Splunk: without it nobody knows what was indexed.",
  DisabledToken: "The HEC token is disabled in Splunk.",
  IndexerBusy: "Splunk is busy, or its queues are full.",
  InvalidDataFormat:
    "Splunk cannot read what the records hold as HEC's Event endpoint, or the Raw one, wants it.",
  InvalidEndpoint: "There is no HEC at HECEndpoint, or it cannot be reached.",
  InvalidIndex: "The token or an event names an index that it may not write to.",
  InvalidToken: "Splunk does not take the HEC token.",
  ProxyWithoutStickySessions:
    "Splunk does not know the channel that the batch was sent on. A balancer before it must keep a session at one place (sticky sessions).",
  SSLHandshake: "The TLS handshake with Splunk failed.",
  SSLUnverified: "Splunk's certificate cannot be trusted.",
  ServerError: "Splunk failed to take the batch.",
} as const;

type Code = keyof typeof SENTENCES;

export function splunkError(code: Code, detail?: string): DeliveryError {
  const sentence = SENTENCES[code];
  return {
    errorCode: `Splunk.${code}`,
    errorMessage: detail ? `${sentence} ${detail}` : sentence,
  };
}

/** By HEC's code. What is wrong with data is wrong for good, and what stands before it in the batch may be indexed already. */
const OF_HEC: ReadonlyMap<number, readonly [Code, Reach]> = new Map([
  [1, ["DisabledToken", "all"]],
  [2, ["InvalidToken", "all"]],
  [3, ["InvalidToken", "all"]],
  [4, ["InvalidToken", "all"]],
  [5, ["InvalidDataFormat", "batch for good"]],
  [6, ["InvalidDataFormat", "batch for good"]],
  [7, ["InvalidIndex", "batch"]],
  [8, ["ServerError", "all"]],
  [9, ["IndexerBusy", "all"]],
  [10, ["ProxyWithoutStickySessions", "all"]],
  [11, ["ProxyWithoutStickySessions", "all"]],
  [12, ["InvalidDataFormat", "batch for good"]],
  [13, ["InvalidDataFormat", "batch for good"]],
  [14, ["DisabledAck", "batch for good"]],
  [15, ["InvalidDataFormat", "batch for good"]],
  [16, ["InvalidToken", "all"]],
  [18, ["IndexerBusy", "all"]],
  [19, ["IndexerBusy", "all"]],
  [20, ["IndexerBusy", "all"]],
  [21, ["InvalidToken", "all"]],
  [22, ["DisabledToken", "all"]],
  [23, ["IndexerBusy", "all"]],
  [24, ["IndexerBusy", "all"]],
  [25, ["IndexerBusy", "all"]],
  [26, ["IndexerBusy", "all"]],
]);

/** Of those that are not HEC's own, as a balancer's. */
function ofStatus(status: number): readonly [Code, Reach] {
  if (status === 401 || status === 403) return ["InvalidToken", "all"];
  if (status === 413) return ["ServerError", "batch for good"];
  if (status === 429 || status === 503) return ["IndexerBusy", "all"];
  if (status === 404 || status === 405 || (status >= 200 && status < 400)) {
    return ["InvalidEndpoint", "all"];
  }
  return ["ServerError", "all"];
}

const SUCCESS = 0;

export type EventsAnswer = { readonly kind: "queued"; readonly ackId: number } | BatchOutcome;

/** Of a batch that was sent. */
export function judgedEvents(answer: ReceiverAnswer): EventsAnswer {
  if (answer.kind === "none") return { kind: "retry", error: errorOfNone(answer), isAway: true };
  if (answer.kind === "too large") {
    return { kind: "retry", error: splunkError("InvalidEndpoint"), isAway: true };
  }
  const { code, ackId } = bodyOf(answer);
  if (answer.status !== 200 || code !== SUCCESS) return refused(answer, code);
  // It has been taken, and is no nearer to being acknowledged when it is sent again.
  if (ackId === undefined) return { kind: "failed", error: splunkError("DisabledAck") };
  return { kind: "queued", ackId };
}

function refused(answer: Answered, hecCode: number | undefined): BatchOutcome {
  const { status, headers } = answer;
  const [code, reach] =
    (hecCode === undefined ? undefined : OF_HEC.get(hecCode)) ?? ofStatus(status);
  const said = hecCode === undefined ? `${status}` : `${status}, code ${hecCode}`;
  const error = splunkError(code, `It answered ${said}.`);
  if (reach === "batch for good") return { kind: "failed", error };
  const afterMs = retryAfterMs(headers["retry-after"]);
  return {
    kind: "retry",
    error,
    isAway: reach === "all",
    ...(afterMs !== undefined && { afterMs }),
  };
}

export type AckAnswer =
  | { readonly kind: "acknowledged" }
  /** Or nothing that says that it never will be. */
  | { readonly kind: "not yet"; readonly isTokenRefused?: true }
  | { readonly kind: "never"; readonly outcome: BatchOutcome };

/** Of a question for an acknowledgement. */
export function judgedAck(answer: ReceiverAnswer, ackId: number): AckAnswer {
  if (answer.kind !== "answer") return { kind: "not yet" };
  const { code, acks } = bodyOf(answer);
  if (answer.status === 200) {
    return { kind: acks?.[String(ackId)] === true ? "acknowledged" : "not yet" };
  }
  const [meaning] = (code === undefined ? undefined : OF_HEC.get(code)) ?? [];
  if (meaning === "DisabledAck" || meaning === "ProxyWithoutStickySessions") {
    return { kind: "never", outcome: refused(answer, code) };
  }
  const isTokenRefused = answer.status === 401 || answer.status === 403;
  return { kind: "not yet", ...(isTokenRefused && { isTokenRefused }) };
}

const UNVERIFIED = /certificate|altname|self.signed|issuer/i;

function errorOfNone({ reason, detail }: Extract<ReceiverAnswer, { kind: "none" }>): DeliveryError {
  switch (reason) {
    case "timeout":
      return splunkError("ConnectionTimeout");
    case "tls":
      return splunkError(UNVERIFIED.test(detail) ? "SSLUnverified" : "SSLHandshake", detail);
    case "not allowed":
      return splunkError("InvalidEndpoint", detail);
    case "cut":
      return splunkError("ConnectionClosed");
    case "connection":
      return splunkError("InvalidEndpoint", detail);
  }
}

interface Body {
  readonly code?: number;
  readonly ackId?: number;
  readonly acks?: Readonly<Record<string, unknown>>;
}

function bodyOf({ body }: Answered): Body {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString());
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { code, ackId, acks } = value as Readonly<Record<string, unknown>>;
  return {
    ...(Number.isSafeInteger(code) && { code: code as number }),
    ...(Number.isSafeInteger(ackId) && { ackId: ackId as number }),
    ...(typeof acks === "object" && acks !== null && { acks: acks as Body["acks"] & object }),
  };
}
