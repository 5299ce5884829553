/**
 * Whether a stream's records are sealed when they are put, and how it came to that. A start or a stop counts from the call on for
 * whoever asks the store; it is settled once no process goes on with what it remembers of the stream from before.
 */
import {
  ENCRYPTION_CALLS_MAX_COUNT,
  ENCRYPTION_CALLS_WINDOW_MS,
  STREAM_CACHE_MAX_AGE_MS,
} from "../limits.ts";
import type { KeyRefusal } from "../log/keys.ts";

/** Absent: the key that the deployment has for that. */
export interface StreamKey {
  readonly keyArn?: string;
}

/** The last start or stop. */
export interface EncryptionChange {
  readonly kind: "start" | "stop";
  readonly settledAtMs: number;
  /** What was to be started or stopped, and what its keeper said: nothing was changed. */
  readonly refused?: StreamKey & Omit<KeyRefusal, "kind">;
}

export interface StreamEncryption {
  /** What is put is sealed with it; absent: nothing is. */
  readonly key?: StreamKey;
  readonly change: EncryptionChange;
  /** The starts and stops of the last day. */
  readonly calledAtMs: readonly number[];
}

/** In AWS's words. */
export type EncryptionStatus =
  | "ENABLED"
  | "ENABLING"
  | "ENABLING_FAILED"
  | "DISABLED"
  | "DISABLING"
  | "DISABLING_FAILED";

/** Of a stream that is created with it, which no process remembers without. */
export function encryptedFromBirth(key: StreamKey, nowMs: number): StreamEncryption {
  return { key, change: { kind: "start", settledAtMs: nowMs }, calledAtMs: [] };
}

/** @param refusal what the key's keeper said, if it may not be used */
export function started(
  before: StreamEncryption | undefined,
  key: StreamKey,
  refusal: KeyRefusal | undefined,
  nowMs: number,
): StreamEncryption {
  if (refusal !== undefined) return failed("start", before, { ...key, ...refusal }, nowMs);
  return { key, change: settling("start", nowMs), calledAtMs: withCall(before, nowMs) };
}

/**
 * Once a stream is DISABLED nobody minds its key any more, so that what waits under one that cannot be used would be lost
 * unnoticed: such a stop fails.
 * @param refusal what the keeper of the stream's key said, if it may not be used
 */
export function stopped(
  before: StreamEncryption | undefined,
  refusal: KeyRefusal | undefined,
  nowMs: number,
): StreamEncryption {
  if (refusal !== undefined) return failed("stop", before, { ...before?.key, ...refusal }, nowMs);
  return { change: settling("stop", nowMs), calledAtMs: withCall(before, nowMs) };
}

function failed(
  kind: EncryptionChange["kind"],
  before: StreamEncryption | undefined,
  { kind: _kind, ...refused }: StreamKey & KeyRefusal,
  nowMs: number,
): StreamEncryption {
  const change = { kind, settledAtMs: nowMs, refused };
  return { ...(before?.key && { key: before.key }), change, calledAtMs: withCall(before, nowMs) };
}

/** Whether another start or stop is one too many within a day. */
export function isCalledTooOften(before: StreamEncryption | undefined, nowMs: number): boolean {
  return callsOfTheDay(before, nowMs).length >= ENCRYPTION_CALLS_MAX_COUNT;
}

export function encryptionStatus(
  encryption: StreamEncryption | undefined,
  nowMs: number,
): EncryptionStatus {
  if (encryption === undefined) return "DISABLED";
  const { kind, settledAtMs, refused } = encryption.change;
  if (refused !== undefined) return kind === "start" ? "ENABLING_FAILED" : "DISABLING_FAILED";
  const isSettled = nowMs >= settledAtMs;
  if (kind === "start") return isSettled ? "ENABLED" : "ENABLING";
  return isSettled ? "DISABLED" : "DISABLING";
}

function settling(kind: "start" | "stop", nowMs: number): EncryptionChange {
  return { kind, settledAtMs: nowMs + STREAM_CACHE_MAX_AGE_MS };
}

function withCall(before: StreamEncryption | undefined, nowMs: number): readonly number[] {
  return [...callsOfTheDay(before, nowMs), nowMs];
}

function callsOfTheDay(before: StreamEncryption | undefined, nowMs: number): readonly number[] {
  const all = before?.calledAtMs ?? [];
  return all.filter((atMs) => atMs > nowMs - ENCRYPTION_CALLS_WINDOW_MS);
}
