/**
 * Snowpipe Streaming's REST interface after its vendor's documentation, in memory, behind the port that requests go through. It
 * checks who comes, keeps channels with their continuation and offset tokens, and commits rows when it is asked often enough
 * for how a channel stands. Faults are queued, each for the next call of a kind, before its effect or after it.
 */
import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { fingerprint } from "../../../src/delivery/destinations/snowflake/key-pair.ts";
import type {
  ReceiverAnswer,
  ReceiverHttp,
} from "../../../src/delivery/destinations/receivers/ports.ts";

export const ACCOUNT_URL = "https://acme-prod.snowflakecomputing.com";
const INGEST_HOST = "acme_prod.ingest.snowflakecomputing.com";
const INGEST_URL = "https://acme-prod.ingest.snowflakecomputing.com";
const PIPE =
  /^\/v2\/streaming\/(data\/)?databases\/DB\/schemas\/PUBLIC\/pipes\/CLICKS-STREAMING(.*)$/;

export function newKeyPair(passphrase?: string) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = privateKey.export({
    format: "der",
    type: "pkcs8",
    ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
  });
  return { privateKey: der.toString("base64"), publicKey };
}

export type CallKind = "hostname" | "token" | "open" | "append" | "status";

export type SnowflakeFault =
  /** The answer is lost; `after`: but the effect is there. */
  | { readonly kind: "lost"; readonly after: boolean }
  | { readonly kind: "answer"; readonly status: number; readonly body?: object };

interface Channel {
  sequencer: number;
  appended: number;
  committed: string | null;
  lastErrorAt: string | null;
  /** Accepted and not committed: they are dropped when somebody else opens the channel. */
  waiting: { readonly offset: string; readonly rows: readonly string[] }[];
}

export interface SnowflakeApiOptions {
  readonly publicKey: KeyObject;
  /** Looks at a channel before what was appended is committed. */
  readonly commitLooks?: number;
  /** Rows that are left out. */
  readonly isLeftOut?: (row: string) => boolean;
}

export function snowflakeApi({
  publicKey,
  commitLooks = 0,
  isLeftOut = () => false,
}: SnowflakeApiOptions) {
  const channels = new Map<string, Channel>();
  const table: string[] = [];
  const faults: Partial<Record<CallKind, SnowflakeFault[]>> = {};
  const calls: CallKind[] = [];
  const scopes: string[] = [];
  let tokenCount = 0;
  let looksLeft = commitLooks;
  let isAway = false;

  const print = fingerprint(publicKey);

  function isKnown(jwt: string): boolean {
    const [head = "", claims = "", signature = ""] = jwt.split(".");
    const { iss, sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
      iss: string;
      sub: string;
    };
    const isSigned = verify(
      "RSA-SHA256",
      Buffer.from(`${head}.${claims}`),
      publicKey,
      Buffer.from(signature, "base64url"),
    );
    return isSigned && sub === "ACME-PROD.LOADER" && iss === `${sub}.${print}`;
  }

  function commit(channel: Channel): void {
    for (const { offset, rows } of channel.waiting) {
      const bad = rows.filter((row) => isLeftOut(row));
      table.push(...rows.filter((row) => !isLeftOut(row)));
      channel.committed = offset;
      if (bad.length > 0) channel.lastErrorAt = offset;
    }
    channel.waiting = [];
  }

  const statusOf = ({ committed, lastErrorAt }: Channel) => ({
    channel_status_code: "ACTIVE",
    last_committed_offset_token: committed,
    ...(lastErrorAt !== null && { last_error_offset_token_upper_bound: lastErrorAt }),
  });

  function act(kind: CallKind, url: URL, rest: string, text: string): readonly [number, object] {
    if (kind === "status") {
      const [name = ""] = (JSON.parse(text) as { channel_names: string[] }).channel_names;
      const channel = channels.get(name);
      if (channel === undefined) return [404, { code: "CHANNEL_NOT_FOUND" }];
      looksLeft -= 1;
      if (looksLeft < 0) {
        commit(channel);
        looksLeft = commitLooks;
      }
      return [200, { channel_statuses: { [name.toUpperCase()]: statusOf(channel) } }];
    }
    const name = decodeURIComponent(rest.split("/")[2] ?? "");
    const channel = channels.get(name) ?? {
      sequencer: 0,
      appended: 0,
      committed: null,
      lastErrorAt: null,
      waiting: [],
    };
    const next = () => ({ next_continuation_token: `${channel.sequencer}_${channel.appended}` });
    if (kind === "open") {
      channels.set(name, channel);
      channel.sequencer += 1;
      channel.appended = 0;
      channel.waiting = [];
      return [200, { ...next(), channel_status: statusOf(channel) }];
    }
    if (url.searchParams.get("continuationToken") !== next().next_continuation_token) {
      return [400, { code: "STALE_CONTINUATION_TOKEN_SEQUENCER", message: "open it again" }];
    }
    const rows = text.split("\n").filter(Boolean);
    rows.forEach((row) => void JSON.parse(row));
    channel.waiting.push({ offset: url.searchParams.get("offsetToken") ?? "", rows });
    channel.appended += 1;
    return [200, next()];
  }

  function reply(url: URL, method: string, authorization: string, text: string) {
    const bearer = authorization.replace("Bearer ", "");
    if (url.origin === ACCOUNT_URL) {
      if (!isKnown(bearer)) return answered("hostname", () => [401, { code: "JWT_INVALID" }]);
      if (url.pathname === "/v2/streaming/hostname") {
        return answered("hostname", () => [200, { hostname: INGEST_HOST }]);
      }
      return answered("token", () => {
        scopes.push(new URLSearchParams(text).get("scope") ?? "");
        tokenCount += 1;
        return [200, { token: `token-${tokenCount}` }];
      });
    }
    if (url.origin !== INGEST_URL) throw new Error(`nobody is at ${url.origin}`);
    const [, isData, rest = ""] = PIPE.exec(decodeURI(url.pathname)) ?? [];
    const kind = isData ? "append" : method === "PUT" ? "open" : "status";
    return answered(kind, () => {
      if (bearer !== `token-${tokenCount}`) return [401, { code: "TOKEN_EXPIRED" }];
      if (rest === "") return [404, { code: "PIPE_NOT_FOUND" }];
      return act(kind, url, rest, text);
    });
  }

  function answered(kind: CallKind, effect: () => readonly [number, object]): ReceiverAnswer {
    calls.push(kind);
    const lost = { kind: "none", reason: "timeout", detail: "cut" } as const;
    if (isAway) return lost;
    const fault = faults[kind]?.shift();
    if (fault?.kind === "lost" && !fault.after) return lost;
    const [status, body] = fault?.kind === "answer" ? [fault.status, fault.body ?? {}] : effect();
    if (fault?.kind === "lost") return lost;
    return { kind: "answer", status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  }

  const http: ReceiverHttp = {
    async send({ method, url, headers, body = Buffer.alloc(0) }) {
      return reply(
        new URL(url),
        method,
        headers["authorization"] ?? "",
        Buffer.from(body).toString(),
      );
    },
  };

  return {
    http,
    table,
    calls,
    scopes,
    channels,
    fault(kind: CallKind, ...next: readonly SnowflakeFault[]) {
      (faults[kind] ??= []).push(...next);
    },
    away(is: boolean) {
      isAway = is;
    },
    /** What was appended comes to the table without anybody looking. */
    commitAll() {
      for (const channel of channels.values()) commit(channel);
    },
    revoke() {
      tokenCount += 1;
    },
  };
}
