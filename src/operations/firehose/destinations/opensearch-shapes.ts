/**
 * The configurations and updates of OpenSearch's domains and collections and of Elasticsearch's domains. Bounds are those of the
 * service model, API version 2015-08-04.
 */
import { OPENSEARCH_BUFFER_SIZE_MAX_MIB } from "../../../limits.ts";
import { list, required, string, structure, type Infer } from "../../../wire/shape.ts";
import { roleArn, word } from "../common-shapes.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration, s3DestinationUpdate } from "../s3-shapes.ts";
import { bufferingHints, cloudWatchLoggingOptions, retryOptions } from "./common-shapes.ts";

const domainArn = string({
  minLength: 1,
  maxLength: 512,
  pattern: String.raw`arn:.*:es:[a-zA-Z0-9\-]+:\d{12}:domain/[a-z][-0-9a-z]{2,27}`,
});

/** differs from AWS: plain http is let through here; that it leads to this machine is looked at with the targets. */
const endpoint = string({
  minLength: 1,
  maxLength: 512,
  pattern: "https?:.*",
  printedPattern: "https:.*",
});

const indexName = string({ minLength: 1, maxLength: 80, pattern: ".*" });

const common = {
  BufferingHints: bufferingHints({ maxMiB: OPENSEARCH_BUFFER_SIZE_MAX_MIB }),
  RetryOptions: retryOptions,
  ProcessingConfiguration: processingConfiguration,
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
} as const;

const ofDomain = {
  DomainARN: domainArn,
  ClusterEndpoint: endpoint,
  TypeName: string({ minLength: 0, maxLength: 100, pattern: ".*" }),
  IndexRotationPeriod: string({
    enum: ["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"],
  }),
  DocumentIdOptions: structure({
    DefaultDocumentIdFormat: required(string({ enum: ["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"] })),
  }),
} as const;

const ofCollection = { CollectionEndpoint: endpoint } as const;

/** What only new streams say. */
const ofNew = {
  RoleARN: required(roleArn),
  IndexName: required(indexName),
  S3BackupMode: string({ enum: ["FailedDocumentsOnly", "AllDocuments"] }),
  S3Configuration: required(s3DestinationConfiguration),
  VpcConfiguration: structure({
    SubnetIds: required(list(word, { minLength: 1, maxLength: 16 })),
    RoleARN: required(roleArn),
    SecurityGroupIds: required(list(word, { minLength: 1, maxLength: 5 })),
  }),
} as const;

const ofUpdate = {
  RoleARN: roleArn,
  IndexName: indexName,
  S3Update: s3DestinationUpdate,
} as const;

export const domainConfiguration = structure({ ...common, ...ofDomain, ...ofNew });
export const domainUpdate = structure({ ...common, ...ofDomain, ...ofUpdate });
export const collectionConfiguration = structure({ ...common, ...ofCollection, ...ofNew });
export const collectionUpdate = structure({ ...common, ...ofCollection, ...ofUpdate });

export type DomainConfiguration = Infer<typeof domainConfiguration>;
export type DomainUpdate = Infer<typeof domainUpdate>;
export type CollectionConfiguration = Infer<typeof collectionConfiguration>;
export type CollectionUpdate = Infer<typeof collectionUpdate>;
