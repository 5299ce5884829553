/** A call of AWS by what IAM looks at: service, operation and resource, and of DynamoDB the partition key. */

export interface RawCall {
  readonly method: string;
  /** Of undici with its query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface DescribedCall {
  readonly service: string;
  readonly operation: string;
  /** A table, a queue, a function, a rule, a bucket or `bucket/folder/`; `users` is in place of a name that a user chose. */
  readonly resource: string;
  /** Of the state table: what a partition key begins with, up to what names one thing. */
  readonly partition?: string;
}

interface DynamodbInput {
  readonly TableName?: string;
  readonly Key?: { readonly pk: { readonly S: string } };
  readonly Item?: { readonly pk: { readonly S: string } };
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
  readonly TransactItems?: readonly Readonly<Record<string, DynamodbInput>>[];
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys?: readonly DynamodbInput["Key"][] }>
  >;
}

/** How the parts of a transaction are called alone. */
const TRANSACTED: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

const OWN = /^hydrant-dev-/;
const users = (name: string) => (OWN.test(name) ? name : "users");

export function describeCall(call: RawCall): readonly DescribedCall[] {
  const { headers } = call;
  const service = /Credential=[^/]+\/\d+\/[\w-]+\/([\w-]+)\/aws4_request/.exec(
    headers["authorization"] ?? "",
  )?.[1];
  if (service === undefined) return [];
  const operation = (headers["x-amz-target"] ?? "").split(".")[1] ?? "";
  switch (service) {
    case "dynamodb":
      return ofDynamodb(operation, JSON.parse(textOf(call.body)) as DynamodbInput);
    case "s3":
      return [ofS3(call)];
    case "sqs": {
      const { QueueUrl = "", QueueName } = JSON.parse(textOf(call.body)) as Record<string, string>;
      const name = QueueName ?? QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1);
      return [{ service, operation, resource: users(name) }];
    }
    case "lambda": {
      const name = /\/functions\/([^/]+)\/invocations/.exec(call.path)?.[1] ?? "";
      const resource = users(decodeURIComponent(name).replace(/^arn:.*:function:/, ""));
      return [{ service, operation: "Invoke", resource }];
    }
    case "events": {
      const { Name = "" } = JSON.parse(textOf(call.body)) as Record<string, string>;
      return [{ service, operation, resource: Name }];
    }
    default:
      return [{ service, operation, resource: "users" }];
  }
}

function ofDynamodb(operation: string, input: DynamodbInput): readonly DescribedCall[] {
  if (input.TransactItems !== undefined) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).flatMap(([part, each]) => ofDynamodb(TRANSACTED[part] ?? part, each)),
    );
  }
  if (input.RequestItems !== undefined) {
    return Object.entries(input.RequestItems).flatMap(([TableName, { Keys = [] }]) =>
      Keys.flatMap((Key) => ofDynamodb(operation, { TableName, ...(Key && { Key }) })),
    );
  }
  const resource = input.TableName ?? "";
  const key = (input.Key ?? input.Item)?.pk.S ?? queried(input);
  const isOfState = resource.endsWith("-state");
  if (isOfState && key === undefined) throw new Error(`which partition does ${operation} go to?`);
  const partition = isOfState ? { partition: beginningOf(key!) } : {};
  return [{ service: "dynamodb", operation, resource, ...partition }];
}

function queried(input: DynamodbInput): string | undefined {
  const name = /(?:^|\s)#?pk = (:\w+)/.exec(input.KeyConditionExpression ?? "")?.[1];
  return name === undefined ? undefined : input.ExpressionAttributeValues?.[name]?.S;
}

/** `readers#firehose/logs/5c1f/0` → `readers#firehose/…` */
function beginningOf(key: string): string {
  const [, kind, family = ""] = /^([^#]+#)([a-z]+\/)?/.exec(key) ?? [];
  if (kind === undefined || kind === "secret#") return key;
  return `${kind}${KEYED_BY_FAMILY.has(kind) ? family : ""}…`;
}

/** Whose keys go on with what kind of shard it is. */
const KEYED_BY_FAMILY: ReadonlySet<string> = new Set(
  ["counter", "readers", "marks", "removed", "deliveries", "flushes"].map((kind) => `${kind}#`),
);

function ofS3({ method, path, query, headers }: RawCall): DescribedCall {
  const [way = "", text = ""] = path.split("?");
  const asked = new Set([...Object.keys(query ?? {}), ...new URLSearchParams(text).keys()]);
  const [bucket = "", folder = "", ...rest] = decodeURIComponent(way).slice(1).split("/");
  const isObject = folder !== "";
  // Objects of the log stand in folders of its own; elsewhere their names are the user's.
  const inside = rest.length > 0 && /-log-\d+$/.test(bucket) ? `${folder}/` : "users";
  return {
    service: "s3",
    operation: isObject ? onObject(method, asked, headers) : onBucket(method),
    resource: isObject ? `${users(bucket)}/${inside}` : users(bucket),
  };
}

function onObject(method: string, asked: ReadonlySet<string>, headers: RawCall["headers"]): string {
  if (asked.has("tagging")) return `${method === "PUT" ? "Put" : "Get"}ObjectTagging`;
  if (method === "POST")
    return asked.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method === "DELETE") return asked.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "HEAD") return "HeadObject";
  if (method === "GET") return "GetObject";
  if (headers["x-amz-copy-source"] !== undefined) return "CopyObject";
  return asked.has("uploadId") ? "UploadPart" : "PutObject";
}

function onBucket(method: string): string {
  if (method === "GET") return "ListObjectsV2";
  return method === "HEAD" ? "HeadBucket" : `${method} a bucket`;
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString() : "{}";
}
