/**
 * A client of DynamoDB that has a function's role, as `resources/roles.yml` has it: what that does not allow is refused
 * before it is sent, by action, table and partition key, as IAM would.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { readResources } from "./resources.ts";

export type Role =
  | "ApiRole"
  | "SubscribeRole"
  | "DoorbellRole"
  | "DeliverRole"
  | "ConsumeRole"
  | "SweepRole"
  | "MappingsRole"
  /** What the roles of all bridges have in common. */
  | "BridgePolicy";

/** By the tables' names in the resources. */
export interface TableNames {
  readonly LogTable: string;
  readonly StateTable: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What one request does to one table. */
interface Access {
  readonly action: string;
  readonly table: string;
  readonly partitions: readonly string[];
}

type Key = { readonly pk: { readonly S: string } };

interface Input {
  readonly TableName: string;
  readonly Key?: Key;
  readonly Item?: Key;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
  readonly TransactItems?: readonly Readonly<Record<string, Input>>[];
}

/** How the parts of a transaction are called there. */
const TRANSACTED: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

export function dynamodbUnderRole(
  role: Role,
  tables: TableNames,
  config: DynamoDBClientConfig,
): DynamoDBClient {
  const statements = statementsOf(role);
  const inner = new NodeHttpHandler();
  const handle: NodeHttpHandler["handle"] = async (request, options) => {
    const target = request.headers["x-amz-target"] ?? request.headers["X-Amz-Target"] ?? "";
    const input = JSON.parse(textOf(request.body)) as Input;
    for (const access of accessesOf(target.split(".")[1] ?? "", input)) {
      const effects = statements
        .filter((statement) => applies(statement, access, tables))
        .map(({ Effect }) => Effect);
      if (!effects.includes("Allow") || effects.includes("Deny")) {
        throw new Error(`${role} may not ${access.action} ${access.partitions.join()}`);
      }
    }
    return inner.handle(request, options);
  };
  return new DynamoDBClient({
    ...config,
    maxAttempts: 1,
    requestHandler: { handle, destroy: () => inner.destroy() } as NodeHttpHandler,
  });
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

function statementsOf(role: Role): readonly Statement[] {
  const { Properties } = readResources()[role] as unknown as {
    readonly Properties: Policy | { readonly Policies: readonly Policy[] };
  };
  const policies = "Policies" in Properties ? Properties.Policies : [Properties];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function accessesOf(operation: string, input: Input): readonly Access[] {
  if (input.TransactItems !== undefined) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).flatMap(([part, each]) => accessesOf(TRANSACTED[part] ?? part, each)),
    );
  }
  const { TableName: table, Key: key, Item: item } = input;
  const partition = (key ?? item)?.pk.S ?? queried(input);
  if (partition === undefined) throw new Error(`which partition does ${operation} go to?`);
  return [{ action: `dynamodb:${operation}`, table, partitions: [partition] }];
}

function queried({ KeyConditionExpression = "", ExpressionAttributeValues }: Input) {
  const name = /^pk = (:\w+)/.exec(KeyConditionExpression)?.[1];
  return name === undefined ? undefined : ExpressionAttributeValues?.[name]?.S;
}

function applies(
  { Action, Resource, Condition = {} }: Statement,
  { action, table, partitions }: Access,
  tables: TableNames,
): boolean {
  if (!Action.includes(action)) return false;
  const resources = Array.isArray(Resource) ? (Resource as readonly unknown[]) : [Resource];
  if (!resources.some((each) => isArnOf(each, table, tables))) return false;
  return Object.entries(Condition).every(([operator, keys]) => {
    const patterns = keys["dynamodb:LeadingKeys"];
    const matches = (partition: string) => patterns?.some((each) => isLike(each, partition));
    if (patterns && operator === "ForAllValues:StringLike") return partitions.every(matches);
    if (patterns && operator === "ForAnyValue:StringLike") return partitions.some(matches);
    throw new Error(`a condition that is not known here: ${operator}`);
  });
}

function isArnOf(resource: unknown, table: string, tables: TableNames): boolean {
  const isKnown = Object.values(tables).includes(table);
  const text = (resource as { readonly "Fn::Sub"?: unknown })["Fn::Sub"];
  return isKnown && typeof text === "string" && text.endsWith(`:table/${table}`);
}

function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}
