/**
 * A catalog that speaks Iceberg's REST protocol, as far as loading tables and committing to them goes. Its answers are judged by
 * the protocol; what may have come about without an answer counts as not known.
 * https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml
 */
import type { Clock } from "../../../clock.ts";
import {
  ICEBERG_ANSWER_MAX_BYTES,
  ICEBERG_REQUEST_TIMEOUT_MS,
  ICEBERG_TOKEN_DEFAULT_SECONDS,
  ICEBERG_TOKEN_SLACK_SECONDS,
} from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type {
  ReceiverAnswer,
  ReceiverHttp,
  ReceiverRequest,
  SecretStore,
} from "../receivers/ports.ts";
import type { TableName } from "./errors.ts";
import { parseLongs, printLongs } from "./json-longs.ts";
import { type MetadataJson, readTable } from "./metadata.ts";
import type { CommitResult, IcebergCatalog, LoadResult, RestCatalogPlace } from "./ports.ts";

export interface RestCatalogPorts {
  readonly http: ReceiverHttp;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

export interface RestCatalogAccess extends RestCatalogPlace {
  readonly region: string;
  readonly roleArn: string;
}

export function restCatalog(
  { http, secrets, clock }: RestCatalogPorts,
  place: RestCatalogAccess,
): IcebergCatalog {
  const access = tokens({ http, secrets, clock }, place);
  let base: string | undefined;

  async function call(request: CatalogRequest): Promise<Answered> {
    const authorization = await access.authorization();
    if (authorization.kind === "away") return authorization;
    const answer = await http.send(requestOf(request, place, authorization.headers));
    const judged = judgedOf(answer);
    if (judged.kind === "answer" && (judged.status === 401 || judged.status === 419)) {
      access.forget();
    }
    return judged;
  }

  /** Where its tables are asked for; asked of it once. */
  async function baseUrl(): Promise<{ readonly kind: "url"; readonly url: string } | Away> {
    if (base !== undefined) return { kind: "url", url: base };
    const { url, warehouse } = place;
    const query = warehouse === undefined ? "" : `?warehouse=${encodeURIComponent(warehouse)}`;
    const answered = await call({ method: "GET", url: `${url}/v1/config${query}` });
    if (answered.kind === "away") return answered;
    if (answered.status !== 200) return refused(answered);
    const { defaults = {}, overrides = {} } = (answered.json ?? {}) as CatalogConfig;
    const prefix = overrides["prefix"] ?? defaults["prefix"];
    base = prefix === undefined ? `${url}/v1` : `${url}/v1/${prefixPath(prefix)}`;
    return { kind: "url", url: base };
  }

  async function askTable(
    name: TableName,
    request: Pick<CatalogRequest, "method" | "body">,
  ): Promise<Answered> {
    const found = await baseUrl();
    if (found.kind === "away") return found;
    return call({ ...request, url: `${found.url}/${tablePath(name)}` });
  }

  return {
    async load(name): Promise<LoadResult> {
      const answered = await askTable(name, { method: "GET" });
      if (answered.kind === "away") return answered;
      if (answered.status === 404) return { kind: "missing" };
      if (answered.status !== 200) return refused(answered);
      const { metadata } = (answered.json ?? {}) as { readonly metadata?: MetadataJson };
      if (metadata === undefined) return away("the catalog's answer holds no metadata");
      try {
        return { kind: "table", table: readTable(metadata), version: undefined };
      } catch (error) {
        return { kind: "unsupported", detail: (error as Error).message };
      }
    },

    async commit({ database, table: tableName }, { table }, updates): Promise<CommitResult> {
      const requirements = [
        { type: "assert-table-uuid", uuid: table.uuid },
        {
          type: "assert-ref-snapshot-id",
          ref: "main",
          "snapshot-id": table.current?.id ?? null,
        },
      ];
      const identifier = { namespace: database.split("."), name: tableName };
      const answered = await askTable(
        { database, table: tableName },
        { method: "POST", body: printLongs({ identifier, requirements, updates }) },
      );
      if (answered.kind === "away") return answered;
      if (answered.status === 200 || answered.status === 204) return { kind: "committed" };
      return answered.status === 409 ? { kind: "conflict" } : refused(answered);
    },
  };
}

interface CatalogConfig {
  readonly defaults?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

interface CatalogRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** JSON. */
  readonly body?: string;
}

interface Away {
  readonly kind: "away";
  readonly error: DeliveryError;
}

type Answered =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly errorType?: string | undefined;
      /** `undefined`: it is none. */
      readonly json: unknown;
    }
  | Away;

/** Levels of a namespace are told apart by this character, a database's by dots. */
const LEVEL_SEPARATOR = "\u001f";

function tablePath({ database, table }: TableName): string {
  const namespace = encodeURIComponent(database.split(".").join(LEVEL_SEPARATOR));
  return `namespaces/${namespace}/tables/${encodeURIComponent(table)}`;
}

/** A catalog may send it encoded or plain; an ARN is one part of a path. */
function prefixPath(prefix: string): string {
  if (prefix.includes("%")) return prefix;
  const parts = prefix.startsWith("arn:") ? [prefix] : prefix.split("/");
  return parts.map(encodeURIComponent).join("/");
}

function requestOf(
  { method, url, body }: CatalogRequest,
  { signing, region, roleArn }: RestCatalogAccess,
  authorization: Readonly<Record<string, string>>,
): ReceiverRequest {
  return {
    method,
    url,
    headers: {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...authorization,
    },
    ...(body !== undefined && { body: Buffer.from(body) }),
    timeoutMs: ICEBERG_REQUEST_TIMEOUT_MS,
    maxBytes: ICEBERG_ANSWER_MAX_BYTES,
    ...(signing !== undefined && { signing: { service: signing, region, roleArn } }),
  };
}

function judgedOf(answer: ReceiverAnswer): Answered {
  switch (answer.kind) {
    case "too large":
      return away("the catalog's answer is too large");
    case "none":
      return away(`the catalog gave no answer (${answer.reason})`);
    case "answer": {
      const errorType = answer.headers["x-amzn-errortype"];
      return { kind: "answer", status: answer.status, errorType, json: jsonOf(answer.body) };
    }
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return parseLongs(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

const ACCESS_DENIED = new Set([401, 403, 419]);
/** How much of what a catalog says is told. */
const MESSAGE_MAX_LENGTH = 300;

function refused({ status, json, errorType }: Extract<Answered, { kind: "answer" }>): Away {
  const { error } = (json ?? {}) as {
    readonly error?: { readonly type?: string; readonly message?: string };
  };
  const type = error?.type ?? errorType ?? "";
  const said = `the catalog answered ${status} ${type} ${error?.message ?? ""}`;
  const errorCode = ACCESS_DENIED.has(status) ? "Iceberg.AccessDenied" : "Iceberg.CatalogError";
  return { kind: "away", error: { errorCode, errorMessage: printed(said) } };
}

function away(detail: string): Away {
  return {
    kind: "away",
    error: { errorCode: "Iceberg.CatalogError", errorMessage: printed(detail) },
  };
}

function printed(said: string): string {
  const line = said.replaceAll(/\s+/g, " ").trim();
  return `${line.charAt(0).toUpperCase()}${line.slice(1, MESSAGE_MAX_LENGTH)}.`;
}

type Authorization =
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  | Away;

interface Tokens {
  authorization(): Promise<Authorization>;
  /** It was refused. */
  forget(): void;
}

const NO_HEADERS = { kind: "headers", headers: {} } as const;

/** A secret's token, or one that its client id and secret are given for, as long as it is good. */
function tokens(
  { http, secrets, clock }: RestCatalogPorts,
  { url, secretArn, scope = "catalog", tokenUrl, roleArn }: RestCatalogAccess,
): Tokens {
  let known: { readonly token: string; readonly untilMs: number } | undefined;

  async function exchanged(id: string, secret: string): Promise<Authorization> {
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: id,
      client_secret: secret,
      scope,
    });
    const answer = judgedOf(
      await http.send({
        method: "POST",
        url: tokenUrl ?? `${url}/v1/oauth/tokens`,
        headers: {
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: Buffer.from(form.toString()),
        timeoutMs: ICEBERG_REQUEST_TIMEOUT_MS,
        maxBytes: ICEBERG_ANSWER_MAX_BYTES,
      }),
    );
    if (answer.kind === "away") return answer;
    const { access_token: token, expires_in: seconds } = (answer.json ?? {}) as {
      readonly access_token?: unknown;
      readonly expires_in?: unknown;
    };
    // What it says besides may hold what it was sent.
    if (answer.status !== 200 || typeof token !== "string") {
      return {
        kind: "away",
        error: {
          errorCode: "Iceberg.AccessDenied",
          errorMessage: `The catalog gave no token: it answered ${answer.status}.`,
        },
      };
    }
    const goodSeconds = typeof seconds === "number" ? seconds : ICEBERG_TOKEN_DEFAULT_SECONDS;
    const untilMs = clock.now() + (goodSeconds - ICEBERG_TOKEN_SLACK_SECONDS) * 1000;
    known = { token, untilMs };
    return bearer(token);
  }

  return {
    async authorization() {
      if (secretArn === undefined) return NO_HEADERS;
      if (known !== undefined && clock.now() < known.untilMs) return bearer(known.token);
      const secret = await secrets.read({ arn: secretArn, roleArn });
      if (secret.kind === "refused") return { kind: "away", error: secret.error };
      const { token, clientId, clientSecret } = membersOf(secret.text);
      if (token !== undefined) return bearer(token);
      if (clientId !== undefined && clientSecret !== undefined) {
        return exchanged(clientId, clientSecret);
      }
      return away("the catalog's secret holds neither token nor clientId and clientSecret");
    },
    forget() {
      known = undefined;
    },
  };
}

function bearer(token: string): Authorization {
  return { kind: "headers", headers: { authorization: `Bearer ${token}` } };
}

function membersOf(text: string): Readonly<Record<string, string | undefined>> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== "object" || json === null) return {};
    return Object.fromEntries(
      Object.entries(json).filter(([, value]) => typeof value === "string"),
    );
  } catch {
    return {};
  }
}
