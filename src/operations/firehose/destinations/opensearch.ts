/**
 * OpenSearch's domains and serverless collections, and Elasticsearch's domains, as requests and Describe name them: three rows of
 * the same kind.
 *
 * What AWS has no member for stands in the query of the endpoint, where any client and tool can write it; a cluster has no use
 * for one there:
 *
 *     https://search.example.com:9200?hydrant-secret=arn:aws:secretsmanager:…   user and password, for basic authentication
 *     https://….aoss.amazonaws.com?hydrant-document-ids=FIREHOSE_DEFAULT        ids, in a collection that takes them
 *
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_AmazonopensearchserviceDestinationConfiguration.html
 */
import type { S3Destination } from "../../../delivery/delivery-stream.ts";
import { collectionOf } from "../../../delivery/destinations/opensearch/hosts.ts";
import type {
  AnyOpenSearchSettings,
  OpenSearchKind,
} from "../../../delivery/destinations/opensearch/settings.ts";
import {
  BUFFER_INTERVAL_DEFAULT_SECONDS,
  BUFFER_SIZE_DEFAULT_MIB,
  OPENSEARCH_RETRY_DEFAULT_SECONDS,
} from "../../../limits.ts";
import { partitionOf } from "../../../partition.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import type { Place } from "../named-targets.ts";
import { invalidArgument, notOfferedYet } from "../refusals.ts";
import type { ReadContext } from "../s3-destination.ts";
import { describeReceiver, mergedReceiver, namedByReceiver, readReceiver } from "./common.ts";
import type { AnyConfiguration, AnyDestinationKind } from "./kind.ts";
import {
  collectionConfiguration,
  type CollectionConfiguration,
  collectionUpdate,
  type CollectionUpdate,
  domainConfiguration,
  type DomainConfiguration,
  domainUpdate,
  type DomainUpdate,
} from "./opensearch-shapes.ts";

/** Of any of the three: what one does not have is absent. */
type Configuration = DomainConfiguration & Pick<CollectionConfiguration, "CollectionEndpoint">;
type Update = DomainUpdate & Pick<CollectionUpdate, "CollectionEndpoint">;

const FIREHOSE_DEFAULT = "FIREHOSE_DEFAULT";
const SECRET_PARAMETER = "hydrant-secret";
const IDS_PARAMETER = "hydrant-document-ids";

interface ReadEndpoint {
  /** Without a slash at its end, and without the query. */
  readonly url: string;
  readonly secretArn?: string;
  readonly hasDocumentIds?: true;
}

/** As far as it is a URL; what is wrong in it `endpointProblem` says, and for the rest the targets are looked at. */
function readEndpoint(text: string): ReadEndpoint {
  const url = URL.parse(text);
  if (url === null) return { url: text };
  const secretArn = url.searchParams.get(SECRET_PARAMETER);
  const hasIds = url.searchParams.get(IDS_PARAMETER) === FIREHOSE_DEFAULT;
  url.search = "";
  return {
    url: url.href.endsWith("/") ? url.href.slice(0, -1) : url.href,
    ...(secretArn !== null && { secretArn }),
    ...(hasIds && { hasDocumentIds: true }),
  };
}

/** The query is ours alone. */
function checkEndpoint(text: string, kind: OpenSearchKind): void {
  const url = URL.parse(text);
  if (url === null) throw invalidArgument(`${text} is not a URL`);
  const known = kind === "opensearch-serverless" ? [IDS_PARAMETER] : [SECRET_PARAMETER];
  for (const [name, value] of url.searchParams) {
    const isKnown =
      known.includes(name) &&
      (name === SECRET_PARAMETER
        ? /^arn:[^:]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/.test(value)
        : value === FIREHOSE_DEFAULT);
    if (isKnown) continue;
    throw invalidArgument(
      `The query of an endpoint may only hold ${known.join(", ")}, with an ARN of a secret or ${FIREHOSE_DEFAULT}.`,
    );
  }
}

function checkPlace(configuration: Configuration, kind: OpenSearchKind): void {
  const { DomainARN, ClusterEndpoint, CollectionEndpoint } = configuration;
  if (kind === "opensearch-serverless") {
    if (CollectionEndpoint !== undefined) return checkEndpoint(CollectionEndpoint, kind);
    throw invalidArgument(
      "Must specify collection endpoint for delivery to OpenSearch serverless.",
    );
  }
  if (DomainARN === undefined && ClusterEndpoint === undefined) {
    throw invalidArgument("Provide either the Elasticsearch cluster endpoint or domain arn.");
  }
  if (DomainARN !== undefined && ClusterEndpoint !== undefined) {
    throw invalidArgument(
      "Cannot provide both Elasticsearch cluster endpoint and domain ARN. Provide either the cluster endpoint or domain arn.",
    );
  }
  if (ClusterEndpoint !== undefined) checkEndpoint(ClusterEndpoint, kind);
}

function readSettings(configuration: Configuration, kind: OpenSearchKind): AnyOpenSearchSettings {
  const { RoleARN, DomainARN, ClusterEndpoint, CollectionEndpoint } = configuration;
  const { IndexName, TypeName, IndexRotationPeriod = "OneDay", RetryOptions } = configuration;
  const { DefaultDocumentIdFormat = FIREHOSE_DEFAULT } = configuration.DocumentIdOptions ?? {};
  const { url, secretArn, hasDocumentIds } = readEndpoint(
    CollectionEndpoint ?? ClusterEndpoint ?? "",
  );
  const isCollection = kind === "opensearch-serverless";
  const hasIds = isCollection
    ? hasDocumentIds === true
    : DefaultDocumentIdFormat === FIREHOSE_DEFAULT;
  return {
    kind,
    place: DomainARN ?? url,
    roleArn: RoleARN,
    retrySeconds: RetryOptions?.DurationInSeconds ?? OPENSEARCH_RETRY_DEFAULT_SECONDS,
    ...(secretArn !== undefined && { secret: { arn: secretArn, roleArn: RoleARN } }),
    endpoint: DomainARN === undefined ? { kind: "url", url } : { kind: "domain", arn: DomainARN },
    indexName: IndexName,
    ...(TypeName && { typeName: TypeName }),
    // Collections of time series take no ids of others.
    rotation: isCollection ? "NoRotation" : IndexRotationPeriod,
    hasDocumentIds: hasIds,
    ...(hasIds && { keepsIdentity: true }),
  };
}

function hintsOf({ BufferingHints }: Configuration) {
  const {
    SizeInMBs = BUFFER_SIZE_DEFAULT_MIB,
    IntervalInSeconds = BUFFER_INTERVAL_DEFAULT_SECONDS,
  } = BufferingHints ?? {};
  return { SizeInMBs, IntervalInSeconds };
}

function read(
  configuration: Configuration,
  context: ReadContext,
  kind: OpenSearchKind,
): S3Destination {
  checkPlace(configuration, kind);
  const reading = {
    hints: hintsOf(configuration),
    receiver: readSettings(configuration, kind),
    isAllBackedUp: configuration.S3BackupMode === "AllDocuments",
  };
  const destination = readReceiver(configuration, reading, context);
  if (configuration.VpcConfiguration !== undefined) {
    throw notOfferedYet(
      "VpcConfiguration",
      "deliveries go to endpoints that are public, where an access policy says who may come",
    );
  }
  return destination;
}

function describe(configuration: Configuration, kind: OpenSearchKind): object {
  const { RoleARN, DomainARN, ClusterEndpoint, CollectionEndpoint, IndexName } = configuration;
  const { TypeName, RetryOptions, S3BackupMode = "FailedDocumentsOnly" } = configuration;
  const { IndexRotationPeriod = "OneDay" } = configuration;
  const { DocumentIdOptions = { DefaultDocumentIdFormat: FIREHOSE_DEFAULT } } = configuration;
  return {
    RoleARN,
    ...(DomainARN !== undefined && { DomainARN }),
    ...(ClusterEndpoint !== undefined && { ClusterEndpoint }),
    ...(CollectionEndpoint !== undefined && { CollectionEndpoint }),
    IndexName,
    ...(kind !== "opensearch-serverless" && {
      ...(TypeName !== undefined && { TypeName }),
      IndexRotationPeriod,
      DocumentIdOptions,
    }),
    BufferingHints: hintsOf(configuration),
    RetryOptions: {
      DurationInSeconds: RetryOptions?.DurationInSeconds ?? OPENSEARCH_RETRY_DEFAULT_SECONDS,
    },
    S3BackupMode,
    ...describeReceiver(configuration),
  };
}

function merged(standing: Configuration, update: Update): Configuration {
  const { DomainARN: _domain, ClusterEndpoint: _endpoint, ...others } = standing;
  // One that is named takes the place of the other one, too.
  const isMoved = update.DomainARN !== undefined || update.ClusterEndpoint !== undefined;
  return mergedReceiver(isMoved ? others : standing, update);
}

function named(settings: Partial<Configuration>, place: Place): readonly NamedTarget[] {
  const { RoleARN, DomainARN, ClusterEndpoint, CollectionEndpoint } = settings;
  const under = RoleARN === undefined ? {} : { roleArn: RoleARN };
  const targets: NamedTarget[] = [];
  if (DomainARN !== undefined) {
    targets.push({ kind: "searchDomain", arn: DomainARN, ...under });
  }
  for (const text of [ClusterEndpoint, CollectionEndpoint]) {
    if (text === undefined) continue;
    const { url, secretArn } = readEndpoint(text);
    const collection = collectionOf(url);
    targets.push(
      collection === undefined
        ? { kind: "endpoint", arn: url }
        : { kind: "searchDomain", arn: collectionArn(collection, place), ...under },
    );
    if (secretArn !== undefined) targets.push({ kind: "secret", arn: secretArn, ...under });
  }
  return [...targets, ...namedByReceiver(settings, place)];
}

/** Collections of other accounts are reached by no endpoint of ours. */
function collectionArn(
  { id, region }: { readonly id: string; readonly region: string },
  { accountId }: Place,
): string {
  return `arn:${partitionOf(region)}:aoss:${region}:${accountId}:collection/${id}`;
}

/** @param typeName `Elasticsearch` of `ElasticsearchDestinationConfiguration` */
function rowOf(
  kind: OpenSearchKind,
  typeName: string,
  shapes: Pick<AnyDestinationKind, "configuration" | "update">,
): AnyDestinationKind {
  // Each of the shapes has some of the members that are read here.
  const configurationOf = (given: AnyConfiguration) => given as unknown as Configuration;
  return {
    members: {
      configuration: `${typeName}DestinationConfiguration`,
      update: `${typeName}DestinationUpdate`,
      description: `${typeName}DestinationDescription`,
    },
    typeName,
    ...shapes,
    read: (configuration, context) => read(configurationOf(configuration), context, kind),
    secretsOf: () => ({}),
    withoutSecrets: (configuration) => configuration,
    restored: (plain) => plain,
    describe: (configuration) => describe(configurationOf(configuration), kind),
    merged: (standing, update) => ({ ...merged(configurationOf(standing), update) }),
    named: (settings, place) => named(configurationOf(settings), place),
  };
}

export const opensearch = rowOf("opensearch", "Amazonopensearchservice", {
  configuration: domainConfiguration,
  update: domainUpdate,
});

export const opensearchServerless = rowOf("opensearch-serverless", "AmazonOpenSearchServerless", {
  configuration: collectionConfiguration,
  update: collectionUpdate,
});

export const elasticsearch = rowOf("elasticsearch", "Elasticsearch", {
  configuration: domainConfiguration,
  update: domainUpdate,
});
