/**
 * Sessions: keys of an hour that are stored nowhere. A session's token says whose it is and until when, under a check that
 * only the deployment's session key makes; its secret follows from that key and the token. So nothing is written when one
 * begins, and any process knows it again.
 *
 *   token   base64url(JSON { id, arn, expiresAtMs }) . base64url(HMAC-SHA-256)
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import {
  SESSION_KEY_FORMER_MS,
  SESSION_KEY_SETTLES_MS,
  SESSION_TOKEN_MAX_LENGTH,
} from "../limits.ts";

/**
 * What sessions are issued with, and what they were issued with before. A key that was just put there is not used yet, for
 * processes remember the keys for some seconds; and the former one is good for as long as a session that it made.
 *
 *     rotation         settled                                     no session of the former is left
 *     |  former issues  |  current issues, both are known again     |  the former is not known any more
 */
export interface SessionKeys {
  readonly current: Uint8Array;
  readonly former?: Uint8Array;
  /** Absent: it is the first. */
  readonly rotatedAtMs?: number;
}

export function issuingKey({ current, former, rotatedAtMs = 0 }: SessionKeys, nowMs: number) {
  return former !== undefined && nowMs < rotatedAtMs + SESSION_KEY_SETTLES_MS ? former : current;
}

/** Those whose sessions are let in. */
export function knownKeys(
  { current, former, rotatedAtMs = 0 }: SessionKeys,
  nowMs: number,
): readonly Uint8Array[] {
  const isFormerKnown = former !== undefined && nowMs < rotatedAtMs + SESSION_KEY_FORMER_MS;
  return isFormerKnown ? [current, former] : [current];
}

/** `undefined`: sessions of the one before the former may be alive still, and would end. */
export function rotated(
  standing: SessionKeys,
  next: Uint8Array,
  nowMs: number,
): SessionKeys | undefined {
  if (knownKeys(standing, nowMs).length > 1) return undefined;
  return { current: next, former: standing.current, rotatedAtMs: nowMs };
}

/** All sessions end, as soon as processes have forgotten the keys. */
export function replaced(next: Uint8Array, nowMs: number): SessionKeys {
  return { current: next, rotatedAtMs: nowMs };
}

export interface Session {
  /** Its access key id. */
  readonly id: string;
  /** Of the AWS identity: `arn:aws:sts::123456789012:assumed-role/producer/i-0abc`. */
  readonly arn: string;
  readonly expiresAtMs: number;
}

export function issueToken(sessionKey: Uint8Array, { id, arn, expiresAtMs }: Session): string {
  const content = Buffer.from(JSON.stringify({ id, arn, expiresAtMs })).toString("base64url");
  return `${content}.${check(sessionKey, content).toString("base64url")}`;
}

/** `undefined` for what was not issued with that key. Whether it has expired is not looked at. */
export function openToken(sessionKey: Uint8Array, token: string): Session | undefined {
  if (token.length > SESSION_TOKEN_MAX_LENGTH) return undefined;
  const [content = "", given = "", ...rest] = token.split(".");
  const wanted = Buffer.from(check(sessionKey, content).toString("base64url"));
  const found = Buffer.from(given);
  const isOurs =
    rest.length === 0 && wanted.length === found.length && timingSafeEqual(wanted, found);
  if (!isOurs) return undefined;
  // Whatever has our check was written by issueToken.
  return JSON.parse(Buffer.from(content, "base64url").toString()) as Session;
}

export function sessionSecret(sessionKey: Uint8Array, token: string): string {
  return hmac(sessionKey, `secret\0${token}`).toString("base64url");
}

function check(sessionKey: Uint8Array, content: string): Buffer {
  return hmac(sessionKey, `token\0${content}`);
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
