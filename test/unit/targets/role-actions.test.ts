/**
 * No role may do what no code of its function does: each action is one that Lambda needs for the function's own event
 * sources and log, or a command of the SDK that a file names which the function's entry point comes to by its imports. And
 * the other way round: the commands in those files are allowed.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { actionsNeeded } from "../../helpers/aws-actions.ts";
import { renderDeployment } from "../../helpers/iam.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const HANDLERS = {
  ApiRole: "handlers/api.ts",
  SubscribeRole: "handlers/api.ts",
  DoorbellRole: "handlers/doorbell.ts",
  DeliverRole: "handlers/deliver.ts",
  ConsumeRole: "handlers/consume.ts",
  SweepRole: "handlers/sweep.ts",
  MappingsRole: "handlers/mappings.ts",
  BridgePolicy: "handlers/bridge.ts",
} as const;

type Role = keyof typeof HANDLERS;

const QUEUE_READERS: readonly Role[] = ["DoorbellRole", "DeliverRole", "ConsumeRole"];
const ALL = Object.keys(HANDLERS) as Role[];

/** What Lambda does in the function's name: its log, and its event sources. */
const BY_LAMBDA: Readonly<Record<string, readonly Role[]>> = {
  "logs:CreateLogStream": ALL,
  "logs:PutLogEvents": ALL,
  // Events that failed as a whole are written to a bucket.
  "s3:ListBucket": ["BridgePolicy"],
  "sqs:ReceiveMessage": QUEUE_READERS,
  "sqs:DeleteMessage": QUEUE_READERS,
  "sqs:GetQueueAttributes": QUEUE_READERS,
  "sqs:ChangeMessageVisibility": QUEUE_READERS,
  "dynamodb:DescribeStream": ["DoorbellRole"],
  "dynamodb:GetRecords": ["DoorbellRole"],
  "dynamodb:GetShardIterator": ["DoorbellRole"],
  "dynamodb:ListStreams": ["DoorbellRole"],
};

/** What is asked for without a command of the SDK: of table buckets, by Iceberg's own protocol; of domains and collections, by `_bulk`. */
const BY_REQUESTS: Readonly<Record<string, readonly Role[]>> = {
  "s3tables:GetTableBucket": ["DeliverRole"],
  "s3tables:GetTableMetadataLocation": ["DeliverRole"],
  "s3tables:UpdateTableMetadataLocation": ["DeliverRole"],
  "s3tables:GetTableData": ["DeliverRole"],
  "s3tables:PutTableData": ["DeliverRole"],
  "aoss:APIAccessAll": ["DeliverRole"],
  "es:DescribeDomain": ["DeliverRole"],
  "es:ESHttpPost": ["DeliverRole"],
};

const SERVICES: Readonly<Record<string, string>> = {
  "client-cloudwatch-logs": "logs",
  "client-dynamodb": "dynamodb",
  "client-eventbridge": "events",
  "client-glue": "glue",
  "client-kms": "kms",
  "client-lambda": "lambda",
  "client-s3": "s3",
  "client-sqs": "sqs",
  "client-sts": "sts",
};

/** What stands in files of which a function uses other parts. */
const NOT_DONE: Readonly<Record<Role, readonly string[]>> = {
  ApiRole: ["events:DisableRule", "kms:Encrypt", "s3:DeleteObject", "sts:AssumeRole"],
  SubscribeRole: ["events:DisableRule", "kms:Encrypt", "s3:DeleteObject", "sts:AssumeRole"],
  DoorbellRole: ["dynamodb:DeleteItem", "events:DisableRule"],
  DeliverRole: ["kms:GenerateDataKey", "sqs:SendMessage"],
  ConsumeRole: ["kms:GenerateDataKey", "s3:AbortMultipartUpload", "sts:AssumeRole"],
  SweepRole: [],
  MappingsRole: ["events:DisableRule", "kms:Decrypt"],
  BridgePolicy: [
    "events:DisableRule",
    "kms:Decrypt",
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "sqs:SendMessage",
    "sts:AssumeRole",
  ],
};

/** What a service asks for besides an action: to say of something that it is not there, or to do it in the caller's place. */
const BESIDES: Readonly<Record<string, string>> = {
  "s3:ListBucket": "s3:GetObject",
  "redshift:GetClusterCredentials": "redshift-data:BatchExecuteStatement",
  "redshift:GetClusterCredentialsWithIAM": "redshift-data:BatchExecuteStatement",
  "redshift-serverless:GetCredentials": "redshift-data:BatchExecuteStatement",
};

/** All files that an entry point comes to, also by imports that wait until they are needed; types are none. */
function filesOf(entry: string, found = new Set<string>()): ReadonlySet<string> {
  const file = resolve(root, entry);
  if (found.has(file) || !existsSync(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  const imports = text.matchAll(
    /^(?:import|export)\s(?!type\s)[^;]*?from "(\.[^"]+)"|import\("(\.[^"]+)"\)/gms,
  );
  for (const [, first, second] of imports) {
    filesOf(resolve(dirname(file), first ?? second ?? ""), found);
  }
  return found;
}

function actionsOf(entry: string): ReadonlySet<string> {
  const actions = new Set<string>();
  for (const file of filesOf(entry)) {
    const text = readFileSync(file, "utf8");
    for (const action of signedActions(text)) actions.add(action);
    const client = /"@aws-sdk\/(client-[\w-]+)"/.exec(text)?.[1];
    const service = SERVICES[client ?? ""];
    if (service === undefined) continue;
    for (const [, command = ""] of text.matchAll(/new (\w+)Command\(/g)) {
      for (const action of actionsNeeded(service, command)) actions.add(action);
    }
    // Parts of transactions.
    if (service !== "dynamodb") continue;
    for (const [, part = ""] of text.matchAll(/\b(Put|Update|Delete): \{/g)) {
      actions.add(`dynamodb:${part}Item`);
    }
  }
  return actions;
}

/** Of calls without an SDK's client: `awsJson(http, { service: "secretsmanager", … })`, `operation: "GetSecretValue"`. */
function signedActions(text: string): readonly string[] {
  const service = /awsJson\([^)]*?service: "([\w-]+)"/s.exec(text)?.[1];
  if (service === undefined) return [];
  const operations = text.matchAll(/operation: "(\w+)"/g);
  return [...operations].map(([, operation]) => `${service}:${operation}`);
}

function allowedTo(role: Role): ReadonlySet<string> {
  const { statementsOf } = renderDeployment({ redrivenObjects: "move" });
  const allowed = statementsOf(role).filter(({ Effect }) => Effect === "Allow");
  return new Set(allowed.flatMap(({ Action }) => Action));
}

describe.each(ALL)("%s", (role) => {
  const byCode = actionsOf(HANDLERS[role]);
  const isByLambda = (action: string) =>
    (BY_LAMBDA[action] ?? BY_REQUESTS[action])?.includes(role) === true;

  test("allows nothing that nobody does", () => {
    const idle = [...allowedTo(role)].filter(
      (action) => !byCode.has(action) && !byCode.has(BESIDES[action] ?? "") && !isByLambda(action),
    );
    expect(idle).toEqual([]);
  });

  test("allows what its code does", () => {
    const allowed = allowedTo(role);
    expect([...byCode].filter((action) => !allowed.has(action)).toSorted()).toEqual(NOT_DONE[role]);
  });
});
