/**
 * What may be named for Hydrant to work on in its creator's place, and which parameter of the deployment lists it. The same
 * parameter makes the roles of the functions that do the work (`resources/roles.yml`), so that what is let through here is
 * what IAM lets through there.
 */

export interface KindRow {
  /** In serverless.yml. */
  readonly parameter: string;
  /** Of the functions that take names; comma-separated, as the parameter is. */
  readonly variable: string;
  /** Ends the sentence "… is not among …". */
  readonly words: string;
}

export const TARGET_KINDS = {
  bucket: {
    parameter: "destinationBuckets",
    variable: "HYDRANT_DESTINATION_BUCKETS",
    words: "the buckets and folders that deliveries may write to",
  },
  transform: {
    parameter: "transformFunctions",
    variable: "HYDRANT_TRANSFORM_FUNCTIONS",
    words: "the functions that deliveries may invoke",
  },
  consumer: {
    parameter: "consumerFunctions",
    variable: "HYDRANT_CONSUMER_FUNCTIONS",
    words: "the functions that event source mappings may feed",
  },
  failures: {
    parameter: "failureDestinations",
    variable: "HYDRANT_FAILURE_DESTINATIONS",
    words: "the queues and buckets that event source mappings may report to",
  },
  errorLog: {
    parameter: "errorLogGroups",
    variable: "HYDRANT_ERROR_LOG_GROUPS",
    words: "the log groups that deliveries may write to",
  },
  table: {
    parameter: "conversionTables",
    variable: "HYDRANT_CONVERSION_TABLES",
    words: "the catalogs, databases and tables that deliveries may read",
  },
  streamKey: {
    parameter: "streamKeys",
    variable: "HYDRANT_STREAM_KEYS",
    words: "the keys that streams may be encrypted with",
  },
  objectKey: {
    parameter: "objectKeys",
    variable: "HYDRANT_OBJECT_KEYS",
    words: "the keys that objects may be encrypted with",
  },
  endpoint: {
    parameter: "destinationEndpoints",
    variable: "HYDRANT_DESTINATION_ENDPOINTS",
    words: "the endpoints that deliveries may send to",
  },
  secret: {
    parameter: "destinationSecrets",
    variable: "HYDRANT_DESTINATION_SECRETS",
    words: "the secrets that deliveries may read",
  },
  icebergTable: {
    parameter: "icebergTables",
    variable: "HYDRANT_ICEBERG_TABLES",
    words:
      "the catalogs, databases and tables of Glue whose Iceberg tables deliveries may write to",
  },
  icebergBucket: {
    parameter: "icebergBuckets",
    variable: "HYDRANT_ICEBERG_BUCKETS",
    words: "the buckets and folders that Iceberg tables may lie in",
  },
  s3TableBucket: {
    parameter: "s3TableBuckets",
    variable: "HYDRANT_S3_TABLE_BUCKETS",
    words: "the table buckets that deliveries may write to",
  },
  icebergCatalog: {
    parameter: "icebergCatalogs",
    variable: "HYDRANT_ICEBERG_CATALOGS",
    words: "the REST catalogs of Iceberg tables",
  },
  searchDomain: {
    parameter: "searchDomains",
    variable: "HYDRANT_SEARCH_DOMAINS",
    words: "the domains and collections of OpenSearch that deliveries may write to",
  },
  warehouse: {
    parameter: "destinationWarehouses",
    variable: "HYDRANT_DESTINATION_WAREHOUSES",
    words: "the clusters and workgroups of Redshift that deliveries may copy into",
  },
  role: {
    parameter: "assumableRoles",
    variable: "HYDRANT_ASSUMABLE_ROLES",
    words: "the roles that deliveries may assume",
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type TargetKind = keyof typeof TARGET_KINDS;

/** Something that a request names, by what a policy calls it. */
export interface NamedTarget {
  readonly kind: TargetKind;
  /** Of an endpoint its URL. Of a bucket: with the folder, as far as it is the same for all objects: `arn:aws:s3:::logs/team-a/`. */
  readonly arn: string;
  /** The role whose rights are used there, where a role is named. */
  readonly roleArn?: string;
}
