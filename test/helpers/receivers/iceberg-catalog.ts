/**
 * A REST catalog of Iceberg tables, in memory, behind the port that requests go through. It judges a commit as the protocol says
 * and fails as it is told to.
 */
import type {
  ReceiverAnswer,
  ReceiverHttp,
  ReceiverRequest,
} from "../../../src/delivery/destinations/receivers/ports.ts";
import { parseLongs, printLongs } from "../../../src/delivery/destinations/iceberg/json-longs.ts";
import {
  type MetadataJson,
  type TableUpdate,
  updatedMetadata,
} from "../../../src/delivery/destinations/iceberg/metadata.ts";

/** What becomes of the next request of its kind. */
export type CatalogFault =
  /** It has its effect, and its answer is lost. */
  | "answer lost"
  /** It does not come through. */
  | "cut"
  | "timeout"
  /** It has its effect, and the answer says that nobody knows. */
  | "unknown"
  | "unavailable"
  | "forbidden"
  | "throttled as by Glue"
  /** Somebody else changes the table first. */
  | "overtaken"
  | "not JSON"
  | "too large";

export interface NewTable {
  readonly schema: object;
  /** Fields of its partition spec. */
  readonly partition?: readonly object[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly formatVersion?: number;
  readonly location?: string;
}

interface Entry {
  metadata: MetadataJson;
  version: number;
}

const CATALOG_URL = "https://catalog.example.com/api";

export class IcebergCatalogTwin {
  readonly url = CATALOG_URL;
  readonly requests: ReceiverRequest[] = [];
  /** Which it wants; absent: everybody may come. */
  token: string | undefined;
  /** What it gives a token for. */
  credential = { id: "client", secret: "secret" };
  prefix: string | undefined;
  readonly #tables = new Map<string, Entry>();
  readonly #faults: { readonly of: "load" | "commit" | "config"; readonly fault: CatalogFault }[] =
    [];
  #uuidCount = 0;

  readonly http: ReceiverHttp = { send: async (request) => this.#send(request) };

  create(name: string, { schema, partition = [], ...table }: NewTable): void {
    const uuid = `00000000-0000-4000-8000-${String(++this.#uuidCount).padStart(12, "0")}`;
    const fields = partition.map((field, i) => ({ "field-id": 1000 + i, ...field }));
    this.#tables.set(name, {
      version: 0,
      metadata: {
        "format-version": table.formatVersion ?? 2,
        "table-uuid": uuid,
        location: table.location ?? `s3://tables/${name.replace(".", "/")}`,
        "last-sequence-number": 0,
        "last-updated-ms": 0,
        "last-column-id": 100,
        "current-schema-id": 0,
        schemas: [{ type: "struct", "schema-id": 0, ...schema }],
        "default-spec-id": 0,
        "partition-specs": [{ "spec-id": 0, fields }],
        "last-partition-id": 999 + fields.length,
        properties: table.properties ?? {},
        snapshots: [],
        refs: {},
      },
    });
  }

  drop(name: string): void {
    this.#tables.delete(name);
  }

  metadata(name: string): MetadataJson {
    return this.#tables.get(name)!.metadata;
  }

  /** As others change a table: `change("db.t", { "default-spec-id": 1 })`. */
  change(name: string, members: MetadataJson): void {
    const entry = this.#tables.get(name)!;
    entry.metadata = { ...entry.metadata, ...members };
    entry.version++;
  }

  fail(of: "load" | "commit" | "config", ...faults: readonly CatalogFault[]): void {
    this.#faults.push(...faults.map((fault) => ({ of, fault })));
  }

  #send(request: ReceiverRequest): ReceiverAnswer {
    this.requests.push(request);
    const url = new URL(request.url);
    if (!request.url.startsWith(CATALOG_URL)) return none("connection");
    const path = url.pathname.slice(new URL(CATALOG_URL).pathname.length);
    if (path === "/v1/oauth/tokens") return this.#giveToken(request);
    if (this.token !== undefined && request.headers["authorization"] !== `Bearer ${this.token}`) {
      return refusal(401, "NotAuthorizedException", "Not authorized");
    }
    if (path === "/v1/config") {
      return this.#faulty("config", () => {
        const overrides = this.prefix === undefined ? {} : { prefix: this.prefix };
        return answer(200, { defaults: {}, overrides });
      });
    }
    const start = this.prefix === undefined ? "/v1/" : `/v1/${this.prefix}/`;
    const [, namespace = "", table = ""] =
      /^namespaces\/([^/]+)\/tables\/([^/]+)$/.exec(path.slice(start.length)) ?? [];
    if (!path.startsWith(start)) return refusal(404, "NoSuchPrefix", path);
    const name = `${decodeURIComponent(namespace).split("\u001f").join(".")}.${decodeURIComponent(table)}`;
    if (request.method === "GET") return this.#faulty("load", () => this.#load(name));
    const body = parseLongs(Buffer.from(request.body ?? []).toString()) as CommitBody;
    return this.#faulty(
      "commit",
      () => this.#commit(name, body),
      () => this.#overtake(name),
    );
  }

  #faulty(
    of: "load" | "commit" | "config",
    act: () => ReceiverAnswer,
    overtake: () => void = () => {},
  ): ReceiverAnswer {
    const at = this.#faults.findIndex((one) => one.of === of);
    const [{ fault } = { fault: undefined }] = at < 0 ? [] : this.#faults.splice(at, 1);
    switch (fault) {
      case undefined:
        return act();
      case "answer lost":
        act();
        return none("connection");
      case "cut":
        return none("connection");
      case "timeout":
        return none("timeout");
      case "unknown":
        act();
        return refusal(500, "CommitStateUnknownException", "Nobody knows");
      case "unavailable":
        return refusal(503, "ServiceUnavailableException", "Later");
      case "forbidden":
        return refusal(403, "ForbiddenException", "Not for you");
      case "throttled as by Glue":
        return { ...refusal(400, "", ""), headers: { "x-amzn-errortype": "ThrottlingException" } };
      case "overtaken":
        overtake();
        return act();
      case "not JSON":
        return { kind: "answer", status: 200, headers: {}, body: Buffer.from("<html>") };
      case "too large":
        return { kind: "too large", status: 200 };
    }
  }

  #giveToken({ body = new Uint8Array() }: ReceiverRequest): ReceiverAnswer {
    const form = new URLSearchParams(Buffer.from(body).toString());
    const { id, secret } = this.credential;
    const isRight = form.get("client_id") === id && form.get("client_secret") === secret;
    if (!isRight || form.get("grant_type") !== "client_credentials") {
      return answer(401, { error: "invalid_client" });
    }
    return answer(200, { access_token: this.token, token_type: "bearer", expires_in: 3600 });
  }

  #load(name: string): ReceiverAnswer {
    const entry = this.#tables.get(name);
    if (entry === undefined) return refusal(404, "NoSuchTableException", `No table ${name}`);
    return answer(200, { "metadata-location": locationOf(entry), metadata: entry.metadata });
  }

  #commit(name: string, { requirements, updates }: CommitBody): ReceiverAnswer {
    const entry = this.#tables.get(name);
    if (entry === undefined) return refusal(404, "NoSuchTableException", `No table ${name}`);
    for (const requirement of requirements) {
      if (holds(entry.metadata, requirement)) continue;
      return refusal(409, "CommitFailedException", `Requirement failed: ${requirement.type}`);
    }
    for (const update of updates) {
      const problem = update.action === "add-snapshot" ? problemOf(entry.metadata, update) : "";
      if (problem !== "") return refusal(400, "BadRequestException", problem);
    }
    const location = locationOf(entry);
    entry.metadata = updatedMetadata(entry.metadata, updates, { location, nowMs: 0 });
    entry.version++;
    return answer(200, { "metadata-location": locationOf(entry), metadata: entry.metadata });
  }

  /** An empty snapshot of somebody else's. */
  #overtake(name: string): void {
    const { metadata } = this.#tables.get(name)!;
    const snapshots = (metadata["snapshots"] ?? []) as readonly MetadataJson[];
    const last = snapshots.at(-1);
    const id = BigInt(1_000_000 + snapshots.length);
    this.change(name, {
      snapshots: [...snapshots, { ...last, "snapshot-id": id, summary: { operation: "append" } }],
      refs: { main: { "snapshot-id": id, type: "branch" } },
    });
  }
}

interface CommitBody {
  readonly requirements: readonly {
    readonly type: string;
    readonly uuid?: string;
    readonly "snapshot-id"?: number | bigint | null;
  }[];
  readonly updates: readonly TableUpdate[];
}

function holds(metadata: MetadataJson, requirement: CommitBody["requirements"][number]): boolean {
  switch (requirement.type) {
    case "assert-table-uuid":
      return requirement.uuid === metadata["table-uuid"];
    case "assert-ref-snapshot-id": {
      const { main } = metadata["refs"] as { readonly main?: { readonly "snapshot-id": bigint } };
      return String(main?.["snapshot-id"] ?? null) === String(requirement["snapshot-id"] ?? null);
    }
    default:
      return false;
  }
}

function problemOf(
  metadata: MetadataJson,
  { snapshot }: Extract<TableUpdate, { action: "add-snapshot" }>,
): string {
  const last = BigInt(metadata["last-sequence-number"] as number | bigint);
  if ((snapshot["sequence-number"] as bigint) <= last) return "old sequence number";
  const known = metadata["snapshots"] as readonly { readonly "snapshot-id": bigint }[];
  const isKnown = known.some(
    (one) => String(one["snapshot-id"]) === String(snapshot["snapshot-id"]),
  );
  return isKnown ? "known snapshot id" : "";
}

function locationOf({ metadata, version }: Entry): string {
  return `${String(metadata["location"])}/metadata/${version}.metadata.json`;
}

function answer(status: number, json: unknown): ReceiverAnswer {
  return { kind: "answer", status, headers: {}, body: Buffer.from(printLongs(json)) };
}

function refusal(
  code: number,
  type: string,
  message: string,
): Extract<ReceiverAnswer, { kind: "answer" }> {
  const body = Buffer.from(JSON.stringify({ error: { code, type, message } }));
  return { kind: "answer", status: code, headers: {}, body };
}

function none(reason: "timeout" | "connection"): ReceiverAnswer {
  return { kind: "none", reason, detail: reason };
}
