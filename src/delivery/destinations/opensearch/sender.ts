/**
 * Sends batches to `_bulk`, each in one request unless the cluster says that it is too large: then in halves, and of those
 * again, and those that follow are cut alike. Signed as AWS's services want it, or with the user and the password of a secret.
 */
import {
  BULK_ANSWER_MAX_BYTES,
  BULK_MAX_BYTES,
  BULK_MAX_COUNT,
  BULK_TIMEOUT_MS,
} from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { Passing } from "../../stages/outcome.ts";
import type {
  Batch,
  BatchOutcome,
  BatchSender,
  FailedDelivery,
  FlushIdentity,
  RecordOutcome,
  SettleRun,
} from "../receivers/port.ts";
import type { ReceiverPorts, ReceiverRequest } from "../receivers/ports.ts";
import { type DocumentIds, documentIds } from "./document-id.ts";
import { ACTION_MAX_BYTES, bulkBody, type Document, documentProblem } from "./encode.ts";
import { endpointOfDomain, forgetEndpoint } from "./find-endpoint.ts";
import { regionOfHost } from "./hosts.ts";
import { indexNaming } from "./index-name.ts";
import { judge, type Judgement } from "./judge.ts";
import type { OpenSearchKind, OpenSearchSettings } from "./settings.ts";

interface Names {
  /** What AWS's error codes begin with. */
  readonly codes: string;
  /** What AWS's members of a failed record begin with. */
  readonly members: "es" | "os";
  /** In signatures. */
  readonly service: "es" | "aoss";
}

const NAMES: Readonly<Record<OpenSearchKind, Names>> = {
  opensearch: {
    codes: "OS",
    members: "es",
    service: "es",
  },
  "opensearch-serverless": {
    codes: "OS",
    members: "os",
    service: "aoss",
  },
  elasticsearch: {
    codes: "ES",
    members: "es",
    service: "es",
  },
};

export function openSearchSender(
  settings: OpenSearchSettings,
  ports: Pick<ReceiverPorts, "http" | "secrets">,
): BatchSender {
  return new OpenSearchSender(settings, ports);
}

class OpenSearchSender implements BatchSender {
  readonly errorOutputType = "AmazonOpenSearchService-failed";
  readonly bounds = { maxCount: BULK_MAX_COUNT, maxBytes: BULK_MAX_BYTES };
  readonly #settings: OpenSearchSettings;
  readonly #ports: Pick<ReceiverPorts, "http" | "secrets">;
  readonly #names: Names;
  readonly #indexOf: (arrivedAtMs: number) => string;
  readonly #actionBytes: number;
  /** Each is looked at when its batch is made, and again when it is sent. */
  readonly #looked = new WeakMap<Passing, FailedDelivery | "document">();
  #ids: DocumentIds | undefined;
  /** So many at once; fewer once the cluster has said that it was too much. */
  #atOnceCount = BULK_MAX_COUNT;

  constructor(settings: OpenSearchSettings, ports: Pick<ReceiverPorts, "http" | "secrets">) {
    this.#settings = settings;
    this.#ports = ports;
    this.#names = NAMES[settings.kind];
    this.#indexOf = indexNaming(settings.indexName, settings.rotation);
    const { indexName, typeName = "" } = settings;
    this.#actionBytes = ACTION_MAX_BYTES + Buffer.byteLength(indexName + typeName);
  }

  sizeOf({ data }: Passing): number {
    return data.length + this.#actionBytes;
  }

  problemOf(record: Passing): FailedDelivery | undefined {
    let found = this.#looked.get(record);
    if (found === undefined) {
      found = documentProblem(record.data, this.#names.codes) ?? "document";
      this.#looked.set(record, found);
    }
    return found === "document" ? undefined : found;
  }

  /** AWS's members of a failed record. */
  detailsOf({ record }: Passing, flush: FlushIdentity): Readonly<Record<string, string>> {
    const { members } = this.#names;
    const { typeName } = this.#settings;
    const id = this.#idOf(record, flush);
    return {
      ...(id !== undefined && { [`${members}DocumentId`]: id }),
      [`${members}IndexName`]: this.#indexOf(record.arrivedAtMs),
      ...(typeName !== undefined && { [`${members}TypeName`]: typeName }),
    };
  }

  async send({ records }: Batch, run: SettleRun): Promise<BatchOutcome> {
    const route = await this.#route(run);
    if (route.kind === "refused") return { kind: "retry", error: route.error, isAway: true };
    const documents = records.map((record) => this.#documentOf(record, run.flush));
    const outcomes: RecordOutcome[] = [];
    const waiting = this.#cut(documents);
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const judged = await this.#post(route, part, run);
      if (judged.kind === "each") {
        outcomes.push(...judged.records);
      } else if (judged.kind === "too large" && part.length > 1) {
        this.#atOnceCount = Math.min(this.#atOnceCount, Math.ceil(part.length / 2));
        waiting.unshift(...this.#cut(part));
      } else if (judged.kind === "too large") {
        outcomes.push({ kind: "failed", error: judged.error });
      } else {
        const { error, afterMs } = judged;
        // Nothing of the batch is known to be there.
        if (outcomes.length === 0) {
          return {
            kind: "retry",
            error,
            isAway: true,
            ...(afterMs !== undefined && { afterMs }),
          };
        }
        for (const _left of [part, ...waiting].flat()) outcomes.push({ kind: "retry", error });
        break;
      }
    }
    return outcomes.every(({ kind }) => kind === "delivered")
      ? { kind: "delivered" }
      : { kind: "each", records: outcomes };
  }

  #cut(documents: readonly Document[]): (readonly Document[])[] {
    const parts: (readonly Document[])[] = [];
    for (let from = 0; from < documents.length; from += this.#atOnceCount) {
      parts.push(documents.slice(from, from + this.#atOnceCount));
    }
    return parts;
  }

  #documentOf({ record, data }: Passing, flush: FlushIdentity): Document {
    const index = this.#indexOf(record.arrivedAtMs);
    const action = { index, type: this.#settings.typeName, id: this.#idOf(record, flush) };
    return { action, data };
  }

  #idOf(record: Passing["record"], { stream }: FlushIdentity): string | undefined {
    if (!this.#settings.hasDocumentIds) return undefined;
    this.#ids ??= documentIds(stream);
    return this.#ids(record);
  }

  async #post(route: Route, documents: readonly Document[], run: SettleRun): Promise<Judgement> {
    const { http } = this.#ports;
    const { codes } = this.#names;
    const body = bulkBody(documents);
    const post = async ({ headers, signing, url }: Omit<Route, "kind">) =>
      http.send({
        method: "POST",
        url: `${url}/_bulk`,
        headers: { ...headers, "content-type": "application/x-ndjson" },
        body,
        timeoutMs: BULK_TIMEOUT_MS,
        maxBytes: BULK_ANSWER_MAX_BYTES,
        ...(signing && { signing }),
      });
    let answer = await post(route);
    let judged = judge(answer, documents.length, codes);
    const { secret, endpoint } = this.#settings;
    if (judged.kind === "refused" && judged.isEntry && secret !== undefined) {
      // It may have been rotated since it was read.
      const anew = await this.#route(run, { isAnew: true });
      if (anew.kind === "refused") return anew;
      answer = await post(anew);
      judged = judge(answer, documents.length, codes);
    }
    if (answer.kind === "none" && endpoint.kind === "domain") forgetEndpoint(http, endpoint.arn);
    return judged;
  }

  /** Where requests go, and what they are entered with. */
  async #route(
    { clock, flush }: SettleRun,
    { isAnew = false } = {},
  ): Promise<Route | { readonly kind: "refused"; readonly error: DeliveryError }> {
    const { endpoint, secret, roleArn } = this.#settings;
    const { codes, service } = this.#names;
    const { http, secrets } = this.#ports;
    const found =
      endpoint.kind === "url"
        ? endpoint
        : await endpointOfDomain(http, clock, { arn: endpoint.arn, roleArn, codes });
    if (found.kind === "refused") return found;
    const { url } = found;
    if (secret !== undefined) {
      const read = await secrets.read(secret, { isAnew });
      if (read.kind === "refused") return read;
      const authorization = basic(read.text);
      if (authorization !== undefined) return { kind: "route", url, headers: { authorization } };
      const errorMessage = `The secret ${secret.arn} must be a JSON object with username and password.`;
      return {
        kind: "refused",
        error: { errorCode: "SecretsManager.InvalidSecret", errorMessage },
      };
    }
    // To a cluster on a laptop nobody signs.
    if (!url.startsWith("https:")) return { kind: "route", url, headers: {} };
    const here = endpoint.kind === "domain" ? endpoint.arn : flush.deliveryStreamArn;
    const region = regionOfHost(url) ?? here.split(":")[3] ?? "";
    return { kind: "route", url, headers: {}, signing: { service, region, roleArn } };
  }
}

interface Route {
  readonly kind: "route";
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signing?: NonNullable<ReceiverRequest["signing"]>;
}

/** `undefined`: the secret holds something else. */
function basic(secret: string): string | undefined {
  try {
    const { username, password } = JSON.parse(secret) as Readonly<Record<string, unknown>>;
    if (typeof username !== "string" || typeof password !== "string") return undefined;
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  } catch {
    return undefined;
  }
}
