/**
 * Firehose's refusals of a dynamic partitioning configuration. It is not offered here, but a request that AWS
 * would refuse is refused for AWS's reason.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-enable.html
 */
import { queryKeys } from "../../delivery/jq/query-keys.ts";
import { partitionKeysOf, partitionNamespaces } from "../../delivery/naming/partition.ts";
import {
  PARTITIONED_BUFFER_INTERVAL_MIN_SECONDS,
  LARGE_BUFFER_SIZE_MIN_MIB,
} from "../../limits.ts";
import { invalidArgument } from "./refusals.ts";
import type { ExtendedS3Configuration } from "./s3-shapes.ts";

export function checkDynamicPartitioning(configuration: ExtendedS3Configuration): void {
  if (configuration.DynamicPartitioningConfiguration?.Enabled !== true) return;
  const { BufferingHints, Prefix, ProcessingConfiguration } = configuration;
  const namespaces = partitionNamespaces(Prefix);
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
  const types = new Set(ProcessingConfiguration.Processors?.map(({ Type }) => Type));
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

/** A query whose keys depend on the record is taken as it is. */
function checkQueryKeys({ Prefix, ProcessingConfiguration }: ExtendedS3Configuration): void {
  const query = ProcessingConfiguration?.Processors?.find(
    ({ Type }) => Type === "MetadataExtraction",
  )?.Parameters?.find(
    ({ ParameterName }) => ParameterName === "MetadataExtractionQuery",
  )?.ParameterValue;
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
