/** A domain, a cluster or a serverless collection as it is read from the request. Plain JSON, without what it is entered with. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";

/** As requests name them: a domain of OpenSearch, a collection, a domain of Elasticsearch. */
export const OPENSEARCH_KINDS = ["opensearch", "opensearch-serverless", "elasticsearch"] as const;

export type OpenSearchKind = (typeof OPENSEARCH_KINDS)[number];

/** In AWS's spelling. */
export type IndexRotation = "NoRotation" | "OneHour" | "OneDay" | "OneWeek" | "OneMonth";

export interface OpenSearchSettings<
  Kind extends OpenSearchKind = OpenSearchKind,
> extends CommonReceiverSettings {
  readonly kind: Kind;
  readonly endpoint:
    | { readonly kind: "url"; readonly url: string }
    /** Its endpoint is asked for when something is to be sent. */
    | { readonly kind: "domain"; readonly arn: string };
  readonly indexName: string;
  /** Never the empty string; only old versions know types. */
  readonly typeName?: string;
  readonly rotation: IndexRotation;
  /** Each document has an id that follows from its record; else the cluster gives it one. */
  readonly hasDocumentIds: boolean;
}

export type AnyOpenSearchSettings =
  | OpenSearchSettings<"opensearch">
  | OpenSearchSettings<"opensearch-serverless">
  | OpenSearchSettings<"elasticsearch">;
