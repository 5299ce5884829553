/** Domains, collections and clusters of OpenSearch and Elasticsearch as requests and Describe name them. */
import { describe, expect, test } from "vitest";
import { targetRules } from "../../../../helpers/targets.ts";
import {
  ACCOUNT_ID,
  BUCKET_ARN,
  harness,
  invalid,
  invalidArgument,
  ROLE_ARN,
  target,
} from "../harness.ts";

const NAME = { DeliveryStreamName: "access-logs" };
const DOMAIN = `arn:aws:es:eu-west-1:${ACCOUNT_ID}:domain/logs`;
const SECRET = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT_ID}:secret:search-AbC123`;
const CLUSTER = "https://search.example.com:9200";
const COLLECTION = "https://07tjusf2h9.eu-west-1.aoss.amazonaws.com";

const TYPES = {
  Elasticsearch: { DomainARN: DOMAIN },
  Amazonopensearchservice: { DomainARN: DOMAIN },
  AmazonOpenSearchServerless: { CollectionEndpoint: COLLECTION },
} as const;

type Type = keyof typeof TYPES;

const configuration = (members: object) => ({
  RoleARN: ROLE_ARN,
  IndexName: "logs",
  S3Configuration: target(),
  ...members,
});
const request = (type: Type, members: object = TYPES[type]) => ({
  ...NAME,
  [`${type}DestinationConfiguration`]: configuration(members),
});

async function created(type: Type, members?: object, overrides = {}) {
  const made = harness(overrides);
  const answer = await made.call("CreateDeliveryStream", request(type, members));
  const described = async () => {
    const { value } = await made.call("DescribeDeliveryStream", NAME);
    const [destination] = value.DeliveryStreamDescription.Destinations;
    return destination[`${type}DestinationDescription`];
  };
  const update = (updated: object, version = "1", of: string = type) =>
    made.call("UpdateDestination", {
      ...NAME,
      CurrentDeliveryStreamVersionId: version,
      DestinationId: "destinationId-000000000001",
      [`${of}DestinationUpdate`]: updated,
    });
  const stream = () => made.deliveryStreams.get("access-logs");
  return { ...made, answer, described, update, stream };
}

const PLAIN_BUCKET = {
  RoleARN: ROLE_ARN,
  BucketARN: BUCKET_ARN,
  BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
  CompressionFormat: "UNCOMPRESSED",
  EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
  CloudWatchLoggingOptions: { Enabled: false },
};

const DEFAULTS = {
  RoleARN: ROLE_ARN,
  IndexName: "logs",
  BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
  RetryOptions: { DurationInSeconds: 300 },
  S3BackupMode: "FailedDocumentsOnly",
  S3DestinationDescription: PLAIN_BUCKET,
  CloudWatchLoggingOptions: { Enabled: false },
};

const OF_DOMAIN = {
  DomainARN: DOMAIN,
  IndexRotationPeriod: "OneDay",
  DocumentIdOptions: { DefaultDocumentIdFormat: "FIREHOSE_DEFAULT" },
};

describe("a new stream", () => {
  test.each([
    ["Elasticsearch", { ...DEFAULTS, ...OF_DOMAIN }],
    ["Amazonopensearchservice", { ...DEFAULTS, ...OF_DOMAIN }],
    ["AmazonOpenSearchServerless", { ...DEFAULTS, CollectionEndpoint: COLLECTION }],
  ] as const)("to %s is described with AWS's defaults", async (type, described) => {
    const made = await created(type);
    expect(made.answer.error).toBeUndefined();
    expect(await made.described()).toEqual(described);
  });

  test("is described as it was asked for", async () => {
    const members = {
      ClusterEndpoint: `${CLUSTER}/?hydrant-secret=${SECRET}`,
      TypeName: "doc",
      IndexRotationPeriod: "OneWeek",
      DocumentIdOptions: { DefaultDocumentIdFormat: "NO_DOCUMENT_ID" },
      BufferingHints: { SizeInMBs: 100, IntervalInSeconds: 0 },
      RetryOptions: { DurationInSeconds: 7200 },
      S3BackupMode: "AllDocuments",
      CloudWatchLoggingOptions: { Enabled: true, LogGroupName: "g", LogStreamName: "s" },
    };
    const made = await created("Elasticsearch", members);
    expect(await made.described()).toEqual({ ...DEFAULTS, ...members });
    expect((await made.stream())?.destination).toMatchObject({
      bufferSizeMiB: 100,
      bufferIntervalSeconds: 0,
      errorLog: { isEnabled: true, groupName: "g", streamName: "s" },
      backup: { bucketArn: BUCKET_ARN, bufferSizeMiB: 5 },
      receiver: {
        kind: "elasticsearch",
        place: CLUSTER,
        roleArn: ROLE_ARN,
        retrySeconds: 7200,
        secret: { arn: SECRET, roleArn: ROLE_ARN },
        endpoint: { kind: "url", url: CLUSTER },
        indexName: "logs",
        typeName: "doc",
        rotation: "OneWeek",
        hasDocumentIds: false,
      },
    });
  });

  test("to a domain has ids and an index a day, to a collection only what it asks for", async () => {
    const receiverOf = async (type: Type, members?: object) =>
      (await (await created(type, members)).stream())?.destination.receiver;
    expect(await receiverOf("Amazonopensearchservice")).toMatchObject({
      kind: "opensearch",
      endpoint: { kind: "domain", arn: DOMAIN },
      rotation: "OneDay",
      hasDocumentIds: true,
      keepsIdentity: true,
    });
    const plain = { kind: "opensearch-serverless", rotation: "NoRotation" };
    expect(await receiverOf("AmazonOpenSearchServerless")).toMatchObject({
      ...plain,
      hasDocumentIds: false,
    });
    const CollectionEndpoint = `${COLLECTION}?hydrant-document-ids=FIREHOSE_DEFAULT`;
    expect(await receiverOf("AmazonOpenSearchServerless", { CollectionEndpoint })).toMatchObject({
      ...plain,
      endpoint: { kind: "url", url: COLLECTION },
      hasDocumentIds: true,
      keepsIdentity: true,
    });
  });

  test.each<[Type, object, string]>([
    ["Elasticsearch", {}, "Provide either the Elasticsearch cluster endpoint or domain arn."],
    [
      "Amazonopensearchservice",
      { DomainARN: DOMAIN, ClusterEndpoint: CLUSTER },
      "Cannot provide both Elasticsearch cluster endpoint and domain ARN. Provide either the cluster endpoint or domain arn.",
    ],
    [
      "AmazonOpenSearchServerless",
      {},
      "Must specify collection endpoint for delivery to OpenSearch serverless.",
    ],
    [
      "Elasticsearch",
      { ClusterEndpoint: "https://user:password@search.example.com" },
      "A URL must hold neither a user, a password nor a fragment",
    ],
    ["Elasticsearch", { ClusterEndpoint: "https://" }, "https:// is not a URL"],
    [
      "Elasticsearch",
      { ClusterEndpoint: "http://search.example.com" },
      "A URL must begin with https://, got http://search.example.com",
    ],
    [
      "Elasticsearch",
      { ClusterEndpoint: `${CLUSTER}?pretty=true` },
      "The query of an endpoint may only hold hydrant-secret, with an ARN of a secret or FIREHOSE_DEFAULT.",
    ],
    [
      "Elasticsearch",
      { ClusterEndpoint: `${CLUSTER}?hydrant-secret=hunter2` },
      "The query of an endpoint may only hold hydrant-secret, with an ARN of a secret or FIREHOSE_DEFAULT.",
    ],
    [
      "Elasticsearch",
      { DomainARN: `arn:aws:es:nowhere:${ACCOUNT_ID}:domain/logs` },
      `DomainARN must hold a region, got arn:aws:es:nowhere:${ACCOUNT_ID}:domain/logs`,
    ],
    [
      "Amazonopensearchservice",
      {
        DomainARN: DOMAIN,
        VpcConfiguration: { SubnetIds: ["s"], SecurityGroupIds: ["g"], RoleARN: ROLE_ARN },
      },
      "VpcConfiguration is not offered by Hydrant yet: deliveries go to endpoints that are public, where an access policy says who may come",
    ],
  ])("to %s with %j is refused", async (type, members, message) => {
    const made = await created(type, members);
    expect(made.answer).toEqual(invalidArgument(message));
    expect(await made.stream()).toBeUndefined();
  });

  test("that breaks shapes is told of all of them", async () => {
    const { answer } = await created("Amazonopensearchservice", {
      ClusterEndpoint: "ftp://x",
      IndexName: "",
      BufferingHints: { SizeInMBs: 101, IntervalInSeconds: 901 },
      RetryOptions: { DurationInSeconds: 7201 },
    });
    const at = (member: string) =>
      `Value at 'amazonopensearchserviceDestinationConfiguration.${member}' failed to satisfy constraint: Member must`;
    expect(answer).toEqual(
      invalid(
        `${at("bufferingHints.sizeInMBs")} have value less than or equal to 100`,
        `${at("bufferingHints.intervalInSeconds")} have value less than or equal to 900`,
        `${at("retryOptions.durationInSeconds")} have value less than or equal to 7200`,
        `${at("clusterEndpoint")} satisfy regular expression pattern: https:.*`,
        `${at("indexName")} have length greater than or equal to 1`,
      ),
    );
  });
});

describe("what the deployment lists", () => {
  const narrow = (lists: object) => ({
    targets: targetRules({ region: "eu-west-1", accountId: ACCOUNT_ID }, lists),
  });

  test.each<[Type, object, string]>([
    ["Elasticsearch", { DomainARN: DOMAIN }, "searchDomains"],
    ["AmazonOpenSearchServerless", { CollectionEndpoint: COLLECTION }, "searchDomains"],
    ["AmazonOpenSearchServerless", { CollectionEndpoint: CLUSTER }, "destinationEndpoints"],
    ["Elasticsearch", { ClusterEndpoint: CLUSTER }, "destinationEndpoints"],
    [
      "Elasticsearch",
      { ClusterEndpoint: `https://listed.example.com?hydrant-secret=${SECRET}` },
      "destinationSecrets",
    ],
  ])("is asked of a stream to %s with %j: %s", async (type, members, parameter) => {
    const lists = {
      searchDomain: "none",
      endpoint: "https://listed.example.com",
      secret: "none",
    };
    const { answer } = await created(type, members, narrow(lists));
    expect(answer.error?.message).toContain(`the parameter ${parameter} of this deployment`);
  });

  test("may be named", async () => {
    const lists = {
      searchDomain: `${DOMAIN},arn:aws:aoss:*:${ACCOUNT_ID}:collection/07*`,
      endpoint: "https://*.example.com:9200",
      secret: SECRET,
    };
    for (const [type, members] of [
      ["Elasticsearch", { DomainARN: DOMAIN }],
      ["AmazonOpenSearchServerless", { CollectionEndpoint: COLLECTION }],
      ["Elasticsearch", { ClusterEndpoint: `${CLUSTER}?hydrant-secret=${SECRET}` }],
    ] as const) {
      expect((await created(type, members, narrow(lists))).answer.error).toBeUndefined();
    }
  });
});

describe("an update", () => {
  test("changes what it names, and the bucket member by member", async () => {
    const made = await created("Amazonopensearchservice", { DomainARN: DOMAIN, TypeName: "" });
    const answer = await made.update({
      IndexName: "others",
      IndexRotationPeriod: "OneHour",
      S3Update: { Prefix: "failed/" },
      RetryOptions: { DurationInSeconds: 0 },
    });
    expect(answer.error).toBeUndefined();
    expect(await made.described()).toEqual({
      ...DEFAULTS,
      ...OF_DOMAIN,
      TypeName: "",
      IndexName: "others",
      IndexRotationPeriod: "OneHour",
      RetryOptions: { DurationInSeconds: 0 },
      S3DestinationDescription: { ...PLAIN_BUCKET, Prefix: "failed/" },
    });
  });

  test("to an endpoint takes the place of the domain, and back", async () => {
    const made = await created("Elasticsearch");
    await made.update({ ClusterEndpoint: CLUSTER });
    const moved = await made.described();
    expect([moved.DomainARN, moved.ClusterEndpoint]).toEqual([undefined, CLUSTER]);
    await made.update({ DomainARN: DOMAIN }, "2");
    const back = await made.described();
    expect([back.DomainARN, back.ClusterEndpoint]).toEqual([DOMAIN, undefined]);
  });

  test("to another type is refused", async () => {
    const made = await created("Elasticsearch");
    expect(await made.update({}, "1", "Amazonopensearchservice")).toEqual(
      invalidArgument(
        "Changing the destination type to or from Amazonopensearchservice is not supported at this time.",
      ),
    );
  });
});
