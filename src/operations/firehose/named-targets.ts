/**
 * What a destination's settings name for Hydrant to work on: buckets with their folders, roles, keys, log groups, the
 * function, the table. All of it is checked when it is named, and whoever names it must be allowed to use it.
 */
import { errorPrefixParts, prefixParts } from "../../delivery/naming/prefix.ts";
import { partitionOf } from "../../partition.ts";
import { bucketNameProblem } from "../../targets/bucket-name.ts";
import type { NamedTarget } from "../../targets/kinds.ts";
import { targetProblem, type TargetRules } from "../../targets/rules.ts";
import { readFunction } from "../function-arn.ts";
import { isConverting } from "./format-conversion.ts";
import { processorOf } from "./processing.ts";
import { valueOf } from "./processor.ts";
import { invalidArgument } from "./refusals.ts";
import type { DataFormatConversion, ProcessingConfiguration, S3Update } from "./s3-shapes.ts";

export interface Place {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
}

/** Every member may be missing: rights are asked for before settings are checked. */
export interface NamedSettings extends S3Update {
  readonly ProcessingConfiguration?: ProcessingConfiguration | undefined;
  readonly DataFormatConversionConfiguration?: DataFormatConversion | undefined;
  readonly S3BackupConfiguration?: S3Update | undefined;
}

export function namedTargets(settings: NamedSettings, place: Place): readonly NamedTarget[] {
  const { S3BackupConfiguration: backup, ProcessingConfiguration: processing } = settings;
  return [
    ...targetsOfBucket(settings, place),
    ...(backup === undefined ? [] : targetsOfBucket(backup, place)),
    ...targetsOfProcessing(processing, place, settings.RoleARN),
    ...targetsOfConversion(settings.DataFormatConversionConfiguration, place),
  ];
}

/** A bucket, with the role, the key and the log group that go with it. */
export function targetsOfBucket(
  settings: S3Update,
  { region, accountId }: Place,
): readonly NamedTarget[] {
  const { RoleARN: role, BucketARN, EncryptionConfiguration, CloudWatchLoggingOptions } = settings;
  const under = role === undefined ? {} : { roleArn: role };
  const partition = partitionOf(region);
  const key = EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN;
  const {
    Enabled,
    LogGroupName: group,
    LogStreamName: stream = "",
  } = CloudWatchLoggingOptions ?? {};
  const targets: NamedTarget[] = [];
  if (role !== undefined) targets.push({ kind: "role", arn: role });
  if (BucketARN !== undefined) {
    for (const folder of foldersOf(settings)) {
      targets.push({ kind: "bucket", arn: `${BucketARN}/${folder}`, ...under });
    }
  }
  if (key !== undefined) targets.push({ kind: "objectKey", arn: key, ...under });
  if (Enabled === true && group) {
    const arn = `arn:${partition}:logs:${region}:${accountId}:log-group:${group}:log-stream:${stream}`;
    targets.push({ kind: "errorLog", arn });
  }
  return targets;
}

/** What all names of objects begin with, and of objects of failed records, as far as the settings alone decide it. */
function foldersOf({
  Prefix: prefix,
  ErrorOutputPrefix: errorOutputPrefix,
}: S3Update): Set<string> {
  const settings = { prefix, errorOutputPrefix };
  try {
    return new Set([prefixParts(prefix), errorPrefixParts(settings)].map(textBeforeExpressions));
  } catch {
    // What is refused for its grammar names no folder; nobody is let into more than the whole bucket is.
    return new Set([""]);
  }
}

export function textBeforeExpressions(parts: ReturnType<typeof prefixParts>): string {
  const end = parts.findIndex(({ kind }) => kind !== "text");
  return parts
    .slice(0, end < 0 ? parts.length : end)
    .map((part) => (part.kind === "text" ? part.text : ""))
    .join("");
}

/** @param deliveryRole acts where the processor names none */
export function targetsOfProcessing(
  processing: ProcessingConfiguration | undefined,
  place: Place,
  deliveryRole: string | undefined,
): readonly NamedTarget[] {
  if (processing?.Enabled !== true) return [];
  const processor = processorOf(processing, "Lambda");
  const given = processor && valueOf(processor, "LambdaArn");
  if (processor === undefined || given === undefined) return [];
  const named = valueOf(processor, "RoleArn");
  const roleArn = named ?? deliveryRole;
  const arn = readFunction(given, place)?.arn ?? given;
  return [
    ...(named === undefined ? [] : [{ kind: "role", arn: named } as const]),
    { kind: "transform", arn, ...(roleArn !== undefined && { roleArn }) },
  ];
}

function targetsOfConversion(
  conversion: DataFormatConversion | undefined,
  place: Place,
): readonly NamedTarget[] {
  if (!isConverting(conversion)) return [];
  const { CatalogId, DatabaseName, TableName, Region, RoleARN } =
    conversion.SchemaConfiguration ?? {};
  if (DatabaseName === undefined || TableName === undefined) return [];
  const region = Region ?? place.region;
  const [accountId = "", ...rest] = (CatalogId ?? place.accountId).split(":");
  const catalog = rest.length === 0 ? "" : `/${rest.join(":")}`;
  // Glue's names are in lower case, whatever they are asked for in.
  const path = `${catalog}/${DatabaseName}`.toLowerCase();
  const head = `arn:${partitionOf(region)}:glue:${region}:${accountId}`;
  const under = RoleARN === undefined ? {} : { roleArn: RoleARN };
  const arns = [
    `${head}:catalog${catalog}`,
    `${head}:database${path}`,
    `${head}:table${path}/${TableName.toLowerCase()}`,
  ];
  return [
    ...(RoleARN === undefined ? [] : [{ kind: "role", arn: RoleARN } as const]),
    ...arns.map((arn) => ({ kind: "table", arn, ...under }) as const),
  ];
}

/** Throws for the first that the deployment does not let anybody name. */
export function checkTargets(
  named: readonly NamedTarget[],
  { targets: rules }: { readonly targets: TargetRules },
): void {
  for (const target of named) {
    const problem = addressProblem(target, rules) ?? targetProblem(target, rules);
    if (problem !== undefined) throw invalidArgument(problem);
  }
}

/** What can be of no use, whatever is listed: then the next look at an ARN may trust its form. */
function addressProblem({ kind, arn }: NamedTarget, rules: TargetRules): string | undefined {
  const region = arn.split(":")[3] ?? "";
  switch (kind) {
    case "bucket": {
      const start = `arn:${rules.partition}:s3:::`;
      if (!arn.startsWith(start)) return `BucketARN must begin with ${start}, got ${arn}`;
      return bucketNameProblem(arn.slice(start.length).split("/")[0] ?? "");
    }
    case "transform":
      return region === rules.region
        ? undefined
        : `LambdaArn must name a function of the region ${rules.region}, got ${arn}`;
    case "secret":
      return region === rules.region
        ? undefined
        : "Cross-region secrets are not allowed. Please provide a secret in the same region as firehose";
    case "table":
      // It becomes a part of the host that is asked.
      return isRegion(region)
        ? undefined
        : `SchemaConfiguration.Region must be a region, got ${region}`;
    case "searchDomain":
      // Likewise.
      return isRegion(region) ? undefined : `DomainARN must hold a region, got ${arn}`;
    default:
      return undefined;
  }
}

function isRegion(text: string): boolean {
  return /^[a-z]{2}(-[a-z]+)+-\d+$/.test(text);
}
