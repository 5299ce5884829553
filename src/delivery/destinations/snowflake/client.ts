/**
 * Snowpipe Streaming's REST interface, as far as it is needed: the account's host for it and a token for that host, a channel,
 * rows, and how far a channel has come.
 * https://docs.snowflake.com/en/user-guide/snowpipe-streaming/snowpipe-streaming-high-performance-rest-api
 */
import type { Clock } from "../../../clock.ts";
import {
  SNOWFLAKE_ANSWER_MAX_BYTES,
  SNOWFLAKE_TIMEOUT_MS,
  SNOWFLAKE_TOKEN_MAX_AGE_MS,
} from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { ReceiverHttp, ReceiverRequest } from "../receivers/ports.ts";
import { type KeyPair, keyPairToken } from "./key-pair.ts";
import type { SnowflakeSettings } from "./settings.ts";

/** `away`: it is no matter of what was asked, and may be otherwise later. `stale`: somebody else has opened the channel. */
export type SnowflakeFailure = {
  readonly kind: "away" | "refused" | "stale";
  readonly error: DeliveryError;
};

export type SnowflakeResult =
  | { readonly kind: "done"; readonly body: Readonly<Record<string, unknown>> }
  | SnowflakeFailure;

export interface ChannelStatus {
  /** Absent: nothing was committed. */
  readonly committed?: string;
  /** Rows up to this one were left out, and why. */
  readonly lastErrorAt?: string;
}

export interface SnowflakeClient {
  open(channel: string): Promise<SnowflakeResult>;
  append(
    channel: string,
    rows: Uint8Array,
    tokens: { readonly continuation: string; readonly offset: string },
  ): Promise<SnowflakeResult>;
  status(channel: string): Promise<SnowflakeResult>;
}

interface Entered {
  readonly origin: string;
  readonly token: string;
  readonly atMs: number;
}

export function snowflakeClient(
  settings: SnowflakeSettings,
  pair: KeyPair,
  http: ReceiverHttp,
  clock: Pick<Clock, "now">,
): SnowflakeClient {
  const { accountUrl, database, schema, table, snowflakeRole } = settings;
  const names = [database, schema, `${table}-STREAMING`].map(encodeURIComponent);
  const pipe = `databases/${names[0]}/schemas/${names[1]}/pipes/${names[2]}`;
  const channelPath = (channel: string) => `${pipe}/channels/${encodeURIComponent(channel)}`;
  let entered: Entered | undefined;

  async function send(
    request: Pick<ReceiverRequest, "method" | "url" | "headers" | "body">,
  ): Promise<SnowflakeResult> {
    const answer = await http.send({
      ...request,
      timeoutMs: SNOWFLAKE_TIMEOUT_MS,
      maxBytes: SNOWFLAKE_ANSWER_MAX_BYTES,
    });
    if (answer.kind !== "answer") {
      const detail = answer.kind === "none" ? answer.detail : "the answer is too large";
      return { kind: "away", error: failure("ConnectionFailed", detail) };
    }
    const { status } = answer;
    const body = bodyOf(answer.body);
    if (status === 200) return { kind: "done", body };
    const { code, message } = body;
    const named = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : "";
    if (status >= 500 || status === 429 || status === 408) {
      return { kind: "away", error: failure(`HTTP${status}`, `it answered ${status}${named}`) };
    }
    const isStale = /STALE|SEQUENCER|CONTINUATION/i.test(JSON.stringify([code, message]));
    return {
      kind: isStale ? "stale" : "refused",
      error: failure(CODES[status] ?? `HTTP${status}`, `it answered ${status}${named}`),
    };
  }

  /** For the host that rows go to. */
  async function enter(): Promise<Entered | SnowflakeFailure> {
    const nowMs = clock.now();
    if (entered && nowMs - entered.atMs < SNOWFLAKE_TOKEN_MAX_AGE_MS) return entered;
    let jwt: string;
    try {
      jwt = keyPairToken(accountUrl, pair, nowMs);
    } catch (error) {
      return {
        kind: "refused",
        error: failure("InvalidPrivateKey", error instanceof Error ? error.message : ""),
      };
    }
    const headers = {
      authorization: `Bearer ${jwt}`,
      "x-snowflake-authorization-token-type": "KEYPAIR_JWT",
    };
    const found = await send({
      method: "GET",
      url: `${accountUrl}/v2/streaming/hostname`,
      headers,
    });
    if (found.kind !== "done") return found;
    const host = (textOf(found.body, "hostname") || textOf(found.body, "text")).trim();
    const origin = ingestOrigin(accountUrl, host);
    if (origin === undefined) {
      return { kind: "refused", error: failure("InvalidHostname", "its host is not Snowflake's") };
    }
    const scope = snowflakeRole === undefined ? host : `session:role:${snowflakeRole} ${host}`;
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      scope,
    });
    const exchanged = await send({
      method: "POST",
      url: `${accountUrl}/oauth/token`,
      headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from(form.toString()),
    });
    if (exchanged.kind !== "done") return exchanged;
    const [token = ""] = ["token", "access_token", "text"]
      .map((name) => textOf(exchanged.body, name))
      .filter(Boolean);
    entered = { origin, token, atMs: nowMs };
    return entered;
  }

  async function call(
    method: ReceiverRequest["method"],
    path: string,
    contentType: string,
    body: Uint8Array,
    isRepeated = false,
  ): Promise<SnowflakeResult> {
    const place = await enter();
    if ("kind" in place) return place;
    const result = await send({
      method,
      url: `${place.origin}/v2/streaming/${path}`,
      headers: { authorization: `Bearer ${place.token}`, "content-type": contentType },
      body,
    });
    const isUnknown = result.kind === "refused" && result.error.errorCode === UNAUTHORIZED;
    if (!isUnknown || isRepeated) return result;
    // The token may have been revoked before its time.
    entered = undefined;
    return call(method, path, contentType, body, true);
  }

  const json = "application/json";
  return {
    open: (channel) => call("PUT", channelPath(channel), json, Buffer.from("{}")),
    append(channel, rows, { continuation, offset }) {
      const query = new URLSearchParams({ continuationToken: continuation, offsetToken: offset });
      const path = `data/${channelPath(channel)}/rows?${query.toString()}`;
      return call("POST", path, "application/x-ndjson", rows);
    },
    status: (channel) =>
      call(
        "POST",
        `${pipe}:bulk-channel-status`,
        json,
        Buffer.from(JSON.stringify({ channel_names: [channel] })),
      ),
  };
}

export const UNAUTHORIZED = "Snowflake.AuthenticationFailed";

const CODES: Readonly<Record<number, string>> = {
  400: "InvalidRequest",
  401: "AuthenticationFailed",
  403: "AccessDenied",
  404: "NotFound",
  413: "RequestTooLarge",
};

function failure(code: string, detail: string): DeliveryError {
  return {
    errorCode: `Snowflake.${code}`,
    errorMessage: `Snowflake did not take the rows: ${detail}.`,
  };
}

/** Of an account on a laptop, one there; else one of Snowflake's. Hosts have no underscores in certificates. */
function ingestOrigin(accountUrl: string, host: string): string | undefined {
  const { protocol, hostname } = new URL(accountUrl);
  const url = URL.parse(`${protocol}//${host.replaceAll("_", "-")}`);
  if (url === null || url.pathname !== "/") return undefined;
  const isSnowflakes = url.hostname.endsWith(".snowflakecomputing.com");
  const isThere = protocol === "http:" && url.hostname === hostname;
  return isSnowflakes || isThere ? url.origin : undefined;
}

/** What is not JSON stands as `text`. */
function bodyOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = Buffer.from(bytes).toString();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    return { text: value };
  } catch {
    return { text };
  }
}

/** Empty: it is not there. */
export function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}

/** As an answer to `open` or `status` has it. */
export function channelStatus(
  body: Readonly<Record<string, unknown>>,
  channel: string,
): ChannelStatus {
  const all = body["channel_statuses"] as Readonly<Record<string, unknown>> | undefined;
  const wanted = channel.toLowerCase();
  const [, found] = Object.entries(all ?? {}).find(([name]) => name.toLowerCase() === wanted) ?? [];
  const status = (found ?? body["channel_status"] ?? {}) as Readonly<Record<string, unknown>>;
  const { last_committed_offset_token: committed } = status;
  const lastErrorAt =
    status["last_error_offset_token_upper_bound"] ?? status["last_error_offset_upper_bound"];
  return {
    ...(typeof committed === "string" && committed !== "" && { committed }),
    ...(typeof lastErrorAt === "string" && lastErrorAt !== "" && { lastErrorAt }),
  };
}
