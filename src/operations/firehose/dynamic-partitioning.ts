/**
 * Firehose's refusals of a dynamic partitioning configuration, and what is left of it.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-enable.html
 */
import type { DeliveryStream, PartitioningSettings } from "../../delivery/delivery-stream.ts";
import type { JqEngine } from "../../delivery/jq/engine.ts";
import { queryKeys } from "../../delivery/jq/query-keys.ts";
import { partitionKeysOf, partitionNamespaces } from "../../delivery/naming/partition.ts";
import {
  PARTITIONED_BUFFER_INTERVAL_MIN_SECONDS,
  LARGE_BUFFER_SIZE_MIN_MIB,
  PARTITION_RETRY_DEFAULT_SECONDS,
} from "../../limits.ts";
import type { ServiceError } from "../../errors.ts";
import { queryOf } from "./processing.ts";
import { asksForRecordMetadata } from "./record-metadata.ts";
import { invalidArgument } from "./refusals.ts";
import type { DynamicPartitioning, ExtendedS3Configuration } from "./s3-shapes.ts";

export function isPartitioning(given: DynamicPartitioning | undefined): boolean {
  return given?.Enabled === true;
}

/** Of a configuration that was checked. */
export function readDynamicPartitioning(given: DynamicPartitioning | undefined): {
  readonly partitioning?: PartitioningSettings;
} {
  if (!isPartitioning(given)) return {};
  const { DurationInSeconds = PARTITION_RETRY_DEFAULT_SECONDS } = given?.RetryOptions ?? {};
  return { partitioning: { retrySeconds: DurationInSeconds } };
}

export function checkDynamicPartitioning(
  configuration: ExtendedS3Configuration,
  { isStrict }: { readonly isStrict: boolean },
): void {
  const { BufferingHints, Prefix, ProcessingConfiguration } = configuration;
  const namespaces = partitionNamespaces(Prefix);
  if (!isPartitioning(configuration.DynamicPartitioningConfiguration)) {
    if (namespaces.size > 0) throw keysWithoutPartitioning();
    return;
  }
  if (namespaces.size === 0) {
    throw invalidArgument(
      "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
    );
  }
  if (ProcessingConfiguration?.Enabled !== true) {
    throw invalidArgument(
      "Processing Configuration is not enabled when DataPartitioning is enabled",
    );
  }
  const types = new Set(
    ProcessingConfiguration.Processors?.filter((one) => !asksForRecordMetadata(one)).map(
      ({ Type }) => Type,
    ),
  );
  if (namespaces.has("partitionKeyFromLambda") && !types.has("Lambda")) {
    throw invalidArgument(
      "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace",
    );
  }
  if (namespaces.has("partitionKeyFromQuery") && !types.has("MetadataExtraction")) {
    throw invalidArgument(
      "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace",
    );
  }
  checkQueryKeys(configuration);
  if (!isStrict) return;
  const { SizeInMBs, IntervalInSeconds } = BufferingHints ?? {};
  if (SizeInMBs !== undefined && SizeInMBs < LARGE_BUFFER_SIZE_MIN_MIB) {
    throw invalidArgument(
      `BufferingHints.SizeInMBs must be at least ${LARGE_BUFFER_SIZE_MIN_MIB} when Dynamic Partitioning is enabled.`,
    );
  }
  if (
    IntervalInSeconds !== undefined &&
    IntervalInSeconds < PARTITIONED_BUFFER_INTERVAL_MIN_SECONDS
  ) {
    throw invalidArgument(
      `BufferingHints.IntervalInSeconds must be at least ${PARTITIONED_BUFFER_INTERVAL_MIN_SECONDS} seconds when Dynamic Partitioning is enabled.`,
    );
  }
}

/** Whether it was partitioned from its creation on or never, AWS lets nobody change that; its sentences are not known. */
export function checkStaysPartitioned(before: DeliveryStream, after: DeliveryStream): void {
  const [had, has] = [before, after].map(({ destination }) => destination.partitioning);
  if (!had && has) {
    throw invalidArgument(
      "Dynamic Partitioning cannot be enabled on a delivery stream that was created without it.",
    );
  }
  if (had && !has) {
    throw invalidArgument("Dynamic Partitioning cannot be disabled once it has been enabled.");
  }
}

/** AWS's sentence is not known. */
export function keysWithoutPartitioning(): ServiceError {
  return invalidArgument(
    "S3 Prefix can't contain Dynamic Partitioning namespaces when Dynamic Partitioning is not enabled",
  );
}

/** jq says what is wrong with a query, in its own words. */
export async function checkQuery(
  { destination: { stages } }: DeliveryStream,
  jq: Pick<JqEngine, "check">,
): Promise<void> {
  const problem = stages?.metadataQuery && (await jq.check(stages.metadataQuery));
  if (problem) throw invalidArgument(`MetaDataExtraction JQ Query is invalid: ${problem}`);
}

/** A query whose keys depend on the record is taken as it is. */
function checkQueryKeys({ Prefix, ProcessingConfiguration }: ExtendedS3Configuration): void {
  const query = queryOf(ProcessingConfiguration);
  const given = query === undefined ? undefined : queryKeys(query);
  if (given === undefined) return;
  const used = partitionKeysOf(Prefix)
    .filter(({ namespace }) => namespace === "partitionKeyFromQuery")
    .map(({ key }) => key);
  if (given.some((key) => !used.includes(key))) {
    throw invalidArgument(
      "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression",
    );
  }
  const missing = used.find((key) => !given.includes(key));
  if (missing !== undefined) {
    // AWS's sentence is not known.
    throw invalidArgument(
      `S3 Prefix can't contain keys from partitionKeyFromQuery namespace that are not present in the MetaDataExtraction JQ Query: ${missing}`,
    );
  }
}
