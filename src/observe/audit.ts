/**
 * The audit: who did what to which stream. A call that shows or changes how things are has a line of its own, and so has each
 * look into payloads. Calls on records have one each only where the deployment asks for it; otherwise the first read
 * in some minutes, of each caller, operation and stream, stands for those that follow, and so does the first call that was refused for a missing right.
 *
 *     {"at":"…","level":"info","event":"audit","requestId":"…","action":"firehose:UpdateDestination",
 *      "resource":"arn:…:deliverystream/logs","caller":"arn:…:user/ops","accessKeyId":"AKIA…","sourceIp":"203.0.113.7","outcome":"done"}
 *
 * A line holds no data and no secrets. What callers may choose is cut, and holds nothing that could pass for a line of its own.
 */
import { type Clock, isFresh } from "../clock.ts";
import {
  AUDIT_REMEMBERED_MAX_COUNT,
  AUDIT_REPEAT_AFTER_MS,
  AUDIT_TEXT_MAX_LENGTH,
} from "../limits.ts";
import type { Log, LogFields } from "./log.ts";

export interface AuditedCall {
  readonly requestId: string;
  /** `firehose:PutRecord`; absent: the request named no operation, and nothing is written of it. */
  readonly operation?: string;
  /** What it was about: an ARN, or `*`. Absent: it was refused before that was known. */
  readonly resource?: string;
  /** Only of a verified request, as the next one is. */
  readonly accessKeyId?: string;
  /** Whose the key is: an ARN. */
  readonly caller?: string;
  readonly sourceIp?: string;
  readonly status: number;
  /** Its name. */
  readonly error?: string;
}

export interface AuditOptions {
  readonly log: Pick<Log, "info">;
  readonly clock: Pick<Clock, "now">;
  /** `all`: calls on records have a line each, too. */
  readonly extent: "control" | "all";
  /** Of calls on records alone. */
  readonly recordCalls: ReadonlyMap<string, "put" | "read" | "look">;
}

export type Audit = (call: AuditedCall) => void;

export function createAudit({ log, clock, extent, recordCalls }: AuditOptions): Audit {
  const written = new Map<string, number>();

  function isFirstLately(...facts: readonly (string | undefined)[]): boolean {
    const key = JSON.stringify(facts);
    const atMs = written.get(key);
    const nowMs = clock.now();
    if (atMs !== undefined && isFresh(atMs, nowMs, AUDIT_REPEAT_AFTER_MS)) return false;
    if (written.size >= AUDIT_REMEMBERED_MAX_COUNT) written.clear();
    written.set(key, nowMs);
    return true;
  }

  function isWanted({ operation = "", resource, accessKeyId, sourceIp, error }: AuditedCall) {
    // Strangers write no more of the audit than it takes to tell that they were there.
    if (accessKeyId === undefined) return isFirstLately(operation, sourceIp, error);
    const kind = recordCalls.get(operation);
    if (extent === "all") return true;
    // Of what came to no stream, such as a call beyond its key's rate, one line tells as much as all.
    if (resource === undefined) return isFirstLately(operation, accessKeyId, error);
    if (kind === undefined || kind === "look") return true;
    const isTold = kind === "read" || error === "AccessDeniedException";
    return isTold && isFirstLately(operation, resource, accessKeyId, error);
  }

  return (call) => {
    const { operation, status, error } = call;
    if (operation === undefined || !isWanted(call)) return;
    const kind = recordCalls.get(operation);
    writeAudit(log, {
      requestId: call.requestId,
      action: operation,
      resource: call.resource,
      ...(kind !== undefined && kind !== "put" && { readsPayloads: true }),
      caller: call.caller,
      accessKeyId: call.accessKeyId,
      sourceIp: call.sourceIp,
      outcome: error === undefined ? "done" : status < 500 ? "refused" : "failed",
      error,
    });
  };
}

export interface AuditLine {
  readonly requestId: string;
  readonly action: string;
  readonly resource: string | undefined;
  readonly readsPayloads?: boolean;
  readonly caller: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly sourceIp?: string | undefined;
  /** `failed`: it may have had an effect. */
  readonly outcome: "done" | "refused" | "failed";
  readonly error?: string | undefined;
}

export function writeAudit(log: Pick<Log, "info">, line: AuditLine): void {
  const fields = Object.entries(line).map(([name, value]) => [
    name,
    typeof value === "string" ? shownText(value) : value,
  ]);
  log.info("audit", Object.fromEntries(fields) as LogFields);
}

/** Printable and short; JSON alone leaves line separators and what turns the direction of writing as they are. */
function shownText(text: string): string {
  const printable = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return printable.length > AUDIT_TEXT_MAX_LENGTH
    ? `${printable.slice(0, AUDIT_TEXT_MAX_LENGTH)}...`
    : printable;
}
