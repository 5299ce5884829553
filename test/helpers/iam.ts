/**
 * IAM, as far as the roles of this deployment use it, over the template as CloudFormation would render it: what a role may
 * do to what. A statement that denies wins, and what no statement allows is denied.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { ACCOUNT_ID, REGION } from "../../offline/aws-json.ts";
import { render, type Entry, type Resource } from "../../offline/template.ts";
import { readResources } from "./resources.ts";

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Conditions;
}

export type Conditions = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

interface PolicyDocument {
  readonly Statement: readonly Statement[];
}

export type Facts = Readonly<Record<string, readonly string[]>>;

export const listOf = <Item>(value: Item | readonly Item[]) =>
  Array.isArray(value) ? (value as readonly Item[]) : [value as Item];

/** The deployment's resources under these parameters. */
export function renderDeployment(params: Readonly<Record<string, string>> = {}) {
  const resources = readResources(params);
  const known = new Map(
    Object.entries(resources).flatMap(([id, resource]) => {
      const entry = entryOf(resource);
      return entry === undefined ? [] : [[id, entry] as const];
    }),
  );
  for (const name of ["transform", "consumer"]) {
    const Arn = functionArn(`hydrant-dev-${name}`);
    known.set(`${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`, {
      ref: `hydrant-dev-${name}`,
      attributes: { Arn },
    });
  }
  const documentOf = (id: string) => render(resources[id]?.Properties, known);
  /** What the role's own policies say, or the policy itself that roles have in common. */
  const statementsOf = (role: string): readonly Statement[] => {
    const own = documentOf(role) as { readonly PolicyDocument?: PolicyDocument };
    const { Policies = [own as { readonly PolicyDocument: PolicyDocument }] } = own as {
      readonly Policies?: readonly { readonly PolicyDocument: PolicyDocument }[];
    };
    return Policies.flatMap(({ PolicyDocument: { Statement } }) => Statement);
  };
  const bucketPolicy = documentOf("LogBucketPolicy") as { readonly PolicyDocument: PolicyDocument };
  const logBucket = known.get("LogBucket")!.attributes["Arn"]!;
  return {
    resources,
    known,
    statementsOf,
    /** Whether a function's role may, with all policies that have a say. */
    may(role: string, action: string, resource: string, facts: Facts = {}): boolean {
      const isLog = resource.startsWith(`${logBucket}/`);
      const policies = isLog ? bucketPolicy.PolicyDocument.Statement : [];
      return isAllowed([...statementsOf(role), ...policies], action, resource, facts);
    },
  };
}

function entryOf({ Type, Properties = {} }: Resource): Entry | undefined {
  switch (Type) {
    case "AWS::S3::Bucket": {
      const ref = render(Properties["BucketName"]) as string;
      return { ref, attributes: { Arn: `arn:aws:s3:::${ref}` } };
    }
    case "AWS::SQS::Queue": {
      const name = render(Properties["QueueName"]) as string;
      const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
      return {
        ref: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT_ID}/${name}`,
        attributes: { Arn },
      };
    }
    case "AWS::DynamoDB::Table": {
      const ref = render(Properties["TableName"]) as string;
      const Arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${ref}`;
      return { ref, attributes: { Arn, StreamArn: `${Arn}/stream/2026` } };
    }
    default:
      return undefined;
  }
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
}

export function isAllowed(
  statements: readonly Statement[],
  action: string,
  resource: string,
  facts: Facts = {},
): boolean {
  const effects = statements
    .filter((statement) => applies(statement, action, resource, facts))
    .map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

export function applies(
  { Action, Resource, NotResource, Condition = {} }: Statement,
  action: string,
  resource: string,
  facts: Facts,
): boolean {
  if (!listOf(Action).some((pattern) => isLike(pattern, action))) return false;
  const isNamed =
    NotResource === undefined
      ? listOf(Resource ?? []).some((pattern) => isArnLike(pattern, resource))
      : !listOf(NotResource).some((pattern) => isArnLike(pattern, resource));
  return isNamed && holds(Condition, facts);
}

function holds(condition: Conditions, facts: Facts): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const found = facts[key] ?? [];
      const wanted = listOf(values);
      switch (operator) {
        case "ForAllValues:StringLike":
          return found.every((one) => wanted.some((pattern) => isLike(pattern, one)));
        case "ForAllValues:StringNotLike":
          return found.every((one) => !wanted.some((pattern) => isLike(pattern, one)));
        case "ForAnyValue:StringLike":
          return found.some((one) => wanted.some((pattern) => isLike(pattern, one)));
        case "StringEquals":
        case "ForAnyValue:StringEquals":
          return found.some((one) => wanted.includes(one));
        case "Bool":
          // Every call of the SDKs is by TLS.
          return (found[0] ?? "true") === wanted[0];
        default:
          throw new Error(`a condition that is not known here: ${operator}`);
      }
    }),
  );
}

/** Part by part; the last part of the pattern takes what is left. */
export function isArnLike(pattern: string, arn: string): boolean {
  const wanted = /^((?:[^:]*:){0,5})([\s\S]*)$/.exec(pattern)!;
  const heads = wanted[1]!.split(":").slice(0, -1).map(regexpOf).join("");
  return new RegExp(`^${heads}${regexpOf(wanted[2]!, ".").replace(/:$/, "")}$`, "s").test(arn);
}

function regexpOf(part: string, any: string | number = "[^:]"): string {
  const one = any === "." ? "." : "[^:]";
  const text = part.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
  return `${text.replaceAll("*", `${one}*`).replaceAll("?", one)}:`;
}

export function isLike(pattern: string, text: string): boolean {
  return new RegExp(`^${regexpOf(pattern, ".").slice(0, -1)}$`, "s").test(text);
}
