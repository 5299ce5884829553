/**
 * The lists as the deployment's parameters bring them, made into the patterns that `resources/roles.yml` makes of the same
 * text: names of buckets become ARNs of what lies in them, log groups those of their streams.
 */
import { partitionOf } from "../partition.ts";
import type { Reach } from "./address.ts";
import { TARGET_KINDS, type TargetKind } from "./kinds.ts";
import type { Deployment } from "./own.ts";
import type { TargetRules } from "./rules.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the deployment makes for its users may be named whatever is listed; the roles say so, too. */
export interface MadeForUsers {
  readonly deliveryBucket: string;
}

export function readTargetRules(
  environment: Environment,
  { mayReachLoopback, ...deployment }: Deployment & MadeForUsers & Reach,
): TargetRules {
  const { region, accountId, stack, logBucket, deliveryBucket } = deployment;
  const partition = partitionOf(region);
  const here = `${region}:${accountId}`;
  const made: Partial<Record<TargetKind, readonly string[]>> = {
    bucket: [deliveryBucket],
    transform: [`arn:${partition}:lambda:${here}:function:${stack}-transform`],
    consumer: [`arn:${partition}:lambda:${here}:function:${stack}-consumer`],
    failures: [`arn:${partition}:sqs:${here}:${stack}-consumer-failures`],
  };
  const listOf = (kind: TargetKind) =>
    [...(environment[TARGET_KINDS[kind].variable] ?? "").split(","), ...(made[kind] ?? [])]
      .filter(Boolean)
      .map((text) => patternOf(kind, text, partition));
  const kinds = Object.keys(TARGET_KINDS) as TargetKind[];
  const lists = Object.fromEntries(kinds.map((kind) => [kind, listOf(kind)])) as Record<
    TargetKind,
    string[]
  >;
  return Object.freeze({ partition, region, accountId, stack, logBucket, lists, mayReachLoopback });
}

function patternOf(kind: TargetKind, text: string, partition: string): string {
  if (text === "*") return text;
  switch (kind) {
    case "bucket":
    case "icebergBucket":
      return `arn:${partition}:s3:::${text}/*`;
    case "failures":
      return text.split(":")[2] === "s3" ? `${text}/*` : text;
    case "errorLog":
      return `${text}:log-stream:*`;
    case "icebergCatalog":
      // `lake=https://…`: by its name.
      return `arn:*:glue:*:*:catalog/rest/${text.split("=")[0]}`;
    default:
      return text;
  }
}
