/** Creates the tables, buckets and queues of serverless.yml in the embedded services; those that stand are kept. */
import { ACCOUNT_ID, REGION, callAws, hasCode } from "./aws-json.ts";
import type { ServiceAddresses } from "./services/host.ts";
import { render, renderText, type Entry, type Known, type Resource } from "./template.ts";

export async function provision(
  resources: Readonly<Record<string, Resource>>,
  services: ServiceAddresses,
): Promise<Known> {
  const known = new Map<string, Entry>(roles(resources));
  for (const [id, resource] of inOrder(resources)) {
    const properties = render(resource.Properties ?? {}, known) as Readonly<
      Record<string, unknown>
    >;
    const create = CREATE[resource.Type];
    if (create !== undefined) known.set(id, await create(properties, services));
  }
  return known;
}

/** Nobody assumes them here; functions are told their names. */
function roles(resources: Readonly<Record<string, Resource>>): readonly [string, Entry][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === "AWS::IAM::Role")
    .map(([id]) => [
      id,
      { ref: id, attributes: { Arn: `arn:aws:iam::${ACCOUNT_ID}:role/hydrant-${id}` } },
    ]);
}

const CREATE: Readonly<
  Record<
    string,
    (properties: Readonly<Record<string, unknown>>, services: ServiceAddresses) => Promise<Entry>
  >
> = {
  "AWS::DynamoDB::Table": createTable,
  "AWS::S3::Bucket": createBucket,
  "AWS::SQS::Queue": createQueue,
};

/** Only what can be created, and dead-letter queues before the queues that name them. */
function inOrder(
  resources: Readonly<Record<string, Resource>>,
): readonly (readonly [string, Resource])[] {
  const redrives = ([, resource]: readonly [string, Resource]) =>
    Number(resource.Properties?.["RedrivePolicy"] !== undefined);
  return Object.entries(resources)
    .filter(([, { Type }]) => CREATE[Type] !== undefined)
    .toSorted((a, b) => redrives(a) - redrives(b));
}

async function createTable(
  properties: Readonly<Record<string, unknown>>,
  { dynamodbEndpoint }: ServiceAddresses,
): Promise<Entry> {
  const call = <T>(operation: string, input: object) =>
    callAws<T>(dynamodbEndpoint, `DynamoDB_20120810.${operation}`, input);
  const { TableName, KeySchema, AttributeDefinitions, BillingMode, StreamSpecification } =
    properties;
  await call("CreateTable", {
    TableName,
    KeySchema,
    AttributeDefinitions,
    BillingMode,
    ...(StreamSpecification === undefined
      ? {}
      : { StreamSpecification: { StreamEnabled: true, ...(StreamSpecification as object) } }),
  }).catch(unless("ResourceInUseException"));
  const { TimeToLiveSpecification } = properties;
  if (TimeToLiveSpecification !== undefined) {
    await call("UpdateTimeToLive", { TableName, TimeToLiveSpecification }).catch(
      unless("ValidationException"),
    );
  }
  const { Table } = await call<{
    Table: { readonly TableArn: string; readonly LatestStreamArn?: string };
  }>("DescribeTable", { TableName });
  return {
    ref: String(TableName),
    attributes: { Arn: Table.TableArn, StreamArn: Table.LatestStreamArn ?? "" },
  };
}

async function createBucket(
  properties: Readonly<Record<string, unknown>>,
  { s3Endpoint }: ServiceAddresses,
): Promise<Entry> {
  const name = renderText(properties["BucketName"]);
  const response = await fetch(`${s3Endpoint}/${name}`, { method: "PUT" });
  if (!response.ok && response.status !== 409) {
    throw new Error(`bucket ${name} could not be created: ${await response.text()}`);
  }
  return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
}

/** CloudFormation's properties are SQS's attributes, but for these. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set(["QueueName", "Tags", "SqsManagedSseEnabled"]);

async function createQueue(
  properties: Readonly<Record<string, unknown>>,
  { sqsEndpoint }: ServiceAddresses,
): Promise<Entry> {
  const QueueName = renderText(properties["QueueName"]);
  const Attributes = Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => !NOT_ATTRIBUTES.has(name))
      .map(([name, value]) => [
        name,
        typeof value === "object" ? JSON.stringify(value) : renderText(value),
      ]),
  );
  const QueueUrl = `${sqsEndpoint}/${ACCOUNT_ID}/${QueueName}`;
  await callAws(sqsEndpoint, "AmazonSQS.CreateQueue", { QueueName, Attributes }).catch(
    unless("QueueNameExists"),
  );
  // A queue kept from an earlier start takes over what has changed since.
  await callAws(sqsEndpoint, "AmazonSQS.SetQueueAttributes", { QueueUrl, Attributes });
  return {
    ref: QueueUrl,
    attributes: { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QueueName}`, QueueName },
  };
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, code)) throw error;
  };
}
