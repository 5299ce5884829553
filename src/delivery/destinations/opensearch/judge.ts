/**
 * What a cluster's answer to `_bulk` comes to. Each document has a status of its own: what is wrong with the document itself is
 * so for good, what the cluster does not take now is tried again. An answer to the request as a whole says nothing of the
 * documents, so all are tried again; only one that is too large is sent in halves.
 *
 * A reason that a cluster gives may quote the document: it stands among the failed records, and is told nowhere else.
 */
import { DOCUMENT_REASON_MAX_LENGTH } from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { RecordOutcome } from "../receivers/port.ts";
import type { ReceiverAnswer } from "../receivers/ports.ts";
import { retryAfterMs } from "../receivers/retry-after.ts";

export type Judgement =
  | { readonly kind: "each"; readonly records: readonly RecordOutcome[] }
  | { readonly kind: "too large"; readonly error: DeliveryError }
  /** Nothing is known to be taken, and others would be refused alike. `isEntry`: for want of a right. */
  | {
      readonly kind: "refused";
      readonly error: DeliveryError;
      readonly afterMs?: number;
      readonly isEntry?: true;
    };

/**
 * @param count of the documents that were sent
 * @param codes what AWS's error codes begin with: `OS`
 */
export function judge(answer: ReceiverAnswer, count: number, codes: string): Judgement {
  if (answer.kind === "none") {
    return {
      kind: "refused",
      error: {
        errorCode: `${codes}.${answer.reason === "timeout" ? "ConnectionTimeout" : "ConnectionFailed"}`,
        errorMessage: `The cluster could not be reached, or did not answer: ${answer.detail}`,
      },
    };
  }
  const { status } = answer;
  // What was answered may be more than is read; half as many documents have half as long an answer.
  if (answer.kind === "too large" || status === 413) {
    return { kind: "too large", error: refusal(codes, status, "the request is too large") };
  }
  const body = parsed(answer.body);
  if (status >= 200 && status < 300) {
    const items = itemsOf(body);
    if (items?.length === count) return { kind: "each", records: items.map(outcomeOf) };
    return {
      kind: "refused",
      error: refusal(codes, status, "without what became of each document"),
    };
  }
  if (status === 401 || status === 403) {
    return {
      kind: "refused",
      isEntry: true,
      error: {
        errorCode: `${codes}.AccessDenied`,
        errorMessage: `Access was denied: the cluster answered ${status}${wordsOf(body)}. The role, or the user of the secret, must be let in by the access policy and may need a role within the cluster.`,
      },
    };
  }
  const afterMs = retryAfterMs(answer.headers["retry-after"]);
  return {
    kind: "refused",
    error: refusal(codes, status, typeOf(errorOf(body))),
    ...(afterMs !== undefined && { afterMs }),
  };
}

function refusal(codes: string, status: number, words: string): DeliveryError {
  return {
    errorCode: `${codes}.ServiceException`,
    errorMessage: `The cluster answered ${status}${words === "" ? "" : `: ${words}`}.`,
  };
}

/** Statuses of a document that say that another time may do: the rate, a block, a conflict, what is missing or broken. */
const RETRIED = new Set([401, 403, 404, 408, 409, 425, 429]);

/** Those of 400 that are not the document's doing: too many shards, an index that is closed. */
const RETRIED_TYPES = new Set(["validation_exception", "index_closed_exception"]);

function outcomeOf(item: unknown): RecordOutcome {
  const result = (Object.values(item as object)[0] ?? {}) as Readonly<Record<string, unknown>>;
  const status = Number(result["status"]);
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const { error } = result;
  const type = typeOf(error);
  const sentence = `The cluster answered ${status} ${type}`.trimEnd();
  const errorCode = String(status);
  if (RETRIED.has(status) || RETRIED_TYPES.has(type) || !(status < 500)) {
    return { kind: "retry", error: { errorCode, errorMessage: `${sentence} for a document.` } };
  }
  const reason = (typeof error === "string" ? error : JSON.stringify(error ?? "")).slice(
    0,
    DOCUMENT_REASON_MAX_LENGTH,
  );
  return { kind: "failed", error: { errorCode, errorMessage: `${sentence}. ${reason}` } };
}

function itemsOf(body: unknown): readonly unknown[] | undefined {
  const items = (body as { readonly items?: unknown } | undefined)?.items;
  return Array.isArray(items) && items.every((item) => typeof item === "object" && item !== null)
    ? items
    : undefined;
}

function errorOf(body: unknown): unknown {
  return (body as { readonly error?: unknown } | undefined)?.error;
}

/** `mapper_parsing_exception`, or of old versions `MapperParsingException`; the empty string: it says none, or another text. */
function typeOf(error: unknown): string {
  const named = (error as { readonly type?: unknown } | undefined)?.type ?? error;
  return typeof named === "string" ? (/^[A-Za-z][A-Za-z_]{0,99}/.exec(named)?.[0] ?? "") : "";
}

/** Of AWS's front ends, which have seen no document. */
function wordsOf(body: unknown): string {
  const { Message, message = Message } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return typeof message === "string" ? ` (${message.slice(0, 300)})` : "";
}

function parsed(body: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
