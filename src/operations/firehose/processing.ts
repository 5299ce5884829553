/**
 * A ProcessingConfiguration: Firehose's own refusals, then ours, then what the domain makes of it. Processors of
 * a disabled configuration are kept for Describe and otherwise ignored.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessingConfiguration.html
 */
import type { S3Destination, TransformSettings } from "../../delivery/delivery-stream.ts";
import { readDelimiter as parseDelimiter } from "../../delivery/stages/de-aggregate.ts";
import type { StageSettings } from "../../delivery/stages/settings.ts";
import {
  BUFFER_INTERVAL_MAX_SECONDS,
  BYTES_PER_MIB,
  PROCESSORS_MAX_COUNT,
  TRANSFORM_BUFFER_DEFAULT_BYTES,
  TRANSFORM_BUFFER_MAX_MIB,
  TRANSFORM_BUFFER_MIN_MIB,
  TRANSFORM_RETRIES_DEFAULT_COUNT,
  TRANSFORM_RETRIES_MAX_COUNT,
} from "../../limits.ts";
import { type Processor, valueOf } from "./processor.ts";
import {
  asksForRecordMetadata,
  checkRecordMetadata,
  readRecordMetadata,
} from "./record-metadata.ts";
import { invalidArgument } from "./refusals.ts";
import type { ProcessingConfiguration } from "./s3-shapes.ts";

/** The two characters backslash and `n`, because a parameter's value must not be white space alone. */
const NEWLINE_DELIMITER = String.raw`\n`;

const CLASS_NAMES: Partial<Record<Processor["Type"], string>> = {
  RecordDeAggregation: "RecordDeAggregationProcessor",
  MetadataExtraction: "MetadataExtractionProcessor",
};

/** What AWS refuses, in its words. */
export function checkProcessing(
  configuration: ProcessingConfiguration | undefined,
  options: { readonly dynamicPartitioning: boolean; readonly isStrict: boolean },
): void {
  if (configuration?.Enabled !== true) return;
  const processors = configuration.Processors ?? [];
  if (processors.length === 0 || processors.length > PROCESSORS_MAX_COUNT) {
    throw invalidArgument(
      `A maximum of ${PROCESSORS_MAX_COUNT} and a minimum of 1 processor needs to be supplied when processing is enabled.`,
    );
  }
  if (processors.filter(({ Type }) => Type === "Lambda").length > 1) {
    throw invalidArgument("Cannot have more than 1 Lambda processor.");
  }
  const { others, ours } = apart(processors, options);
  checkRecordMetadata(ours);
  for (const processor of others) {
    const className = CLASS_NAMES[processor.Type];
    if (className !== undefined && !options.dynamicPartitioning) {
      throw invalidArgument(
        `class com.amazonaws.services.firehose.internal.model.${className} can only be present when Dynamic Partitioning is enabled.`,
      );
    }
    CHECKS[processor.Type]?.(processor, processors);
  }
}

/** Those that add record metadata, and all else; where only what AWS has is taken there are none of them. */
function apart(processors: readonly Processor[], { isStrict }: { readonly isStrict: boolean }) {
  const ours = isStrict ? [] : processors.filter(asksForRecordMetadata);
  return { ours, others: processors.filter((processor) => !ours.includes(processor)) };
}

const CHECKS: Partial<
  Record<Processor["Type"], (processor: Processor, all: readonly Processor[]) => void>
> = {
  Lambda(processor) {
    if (valueOf(processor, "LambdaArn") === undefined) {
      throw invalidArgument("LambdaArn is required when Lambda processor is used.");
    }
    const size = valueOf(processor, "BufferSizeInMBs");
    const interval = valueOf(processor, "BufferIntervalInSeconds");
    if ((size === undefined) !== (interval === undefined)) {
      throw invalidArgument(
        "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.",
      );
    }
    if (!isNumberIn(size, TRANSFORM_BUFFER_MIN_MIB, TRANSFORM_BUFFER_MAX_MIB)) {
      throw invalidArgument(
        `BufferSizeInMBs for lambda processor must be between ${TRANSFORM_BUFFER_MIN_MIB} and ${TRANSFORM_BUFFER_MAX_MIB}.`,
      );
    }
    if (!isNumberIn(interval, 0, BUFFER_INTERVAL_MAX_SECONDS)) {
      throw invalidArgument(
        `BufferIntervalInSeconds for lambda processor must be between 0 and ${BUFFER_INTERVAL_MAX_SECONDS}.`,
      );
    }
    const retries = valueOf(processor, "NumberOfRetries");
    if (
      !isNumberIn(retries, 0, TRANSFORM_RETRIES_MAX_COUNT) ||
      !Number.isInteger(Number(retries ?? 0))
    ) {
      throw invalidArgument(
        `Number of retries for lambda must be between 0 and ${TRANSFORM_RETRIES_MAX_COUNT}.`,
      );
    }
  },
  MetadataExtraction(processor) {
    if (valueOf(processor, "JsonParsingEngine") !== "JQ-1.6") {
      throw invalidArgument("MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6");
    }
    // AWS's sentence is not known, here and where a value below has no counterpart in its documents.
    if (valueOf(processor, "MetadataExtractionQuery") === undefined) {
      throw invalidArgument(
        "MetadataExtractionQuery is required when MetadataExtraction processor is used.",
      );
    }
  },
  RecordDeAggregation(processor) {
    const type = valueOf(processor, "SubRecordType");
    if (type !== "JSON" && type !== "DELIMITED") {
      throw invalidArgument("SubRecordType has to be one of JSON, DELIMITED");
    }
    const delimiter = valueOf(processor, "Delimiter");
    if (type === "DELIMITED" && delimiter === undefined) {
      throw invalidArgument("Delimiter should be present for DELIMITED");
    }
    if (type === "DELIMITED" && parseDelimiter(delimiter ?? "") === undefined) {
      throw invalidArgument("Delimiter for DELIMITED has to be base64");
    }
  },
  Decompression(processor) {
    if ((valueOf(processor, "CompressionFormat") ?? "GZIP") !== "GZIP") {
      throw invalidArgument("CompressionFormat of Decompression has to be one of GZIP");
    }
  },
  CloudWatchLogProcessing(processor, all) {
    if (!all.some(({ Type }) => Type === "Decompression")) {
      throw invalidArgument(
        "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor",
      );
    }
    if (!/^(true|false)$/i.test(valueOf(processor, "DataMessageExtraction") ?? "false")) {
      throw invalidArgument(
        "Invalid parameter value for DataMessageExtraction. Allowed values are True and False.",
      );
    }
  },
};

export function processorOf(
  { Processors = [] }: ProcessingConfiguration,
  type: Processor["Type"],
): Processor | undefined {
  return Processors.find(({ Type }) => Type === type);
}

/**
 * What a checked configuration asks for.
 *
 * @param bufferBytes of a function that is not told how much it is given at once
 */
export function readProcessing(
  configuration: ProcessingConfiguration | undefined,
  bufferBytes = TRANSFORM_BUFFER_DEFAULT_BYTES,
): Pick<S3Destination, "stages" | "transform" | "delimiter"> {
  if (configuration?.Enabled !== true) return {};
  let transform: TransformSettings | undefined;
  let delimiter: string | undefined;
  for (const processor of configuration.Processors ?? []) {
    if (processor.Type === "Lambda") transform = readTransform(processor, bufferBytes);
    if (processor.Type === "AppendDelimiterToRecord") delimiter = readDelimiter(processor);
  }
  const stages = readStages(configuration);
  return {
    ...(Object.keys(stages).length > 0 && { stages }),
    ...(transform && { transform }),
    ...(delimiter !== undefined && { delimiter }),
  };
}

/** The stages besides the Lambda that a checked configuration asks for. */
export function readStages(configuration: ProcessingConfiguration | undefined): StageSettings {
  if (configuration?.Enabled !== true) return {};
  const find = (type: Processor["Type"]) => processorOf(configuration, type);
  const logs = find("CloudWatchLogProcessing");
  const split = find("RecordDeAggregation");
  const delimiter = split && valueOf(split, "Delimiter");
  const metadataQuery = queryOf(configuration);
  const recordMetadata = configuration.Processors?.find(asksForRecordMetadata);
  return {
    ...(find("Decompression") && { decompression: "GZIP" }),
    ...(logs && isTrue(valueOf(logs, "DataMessageExtraction")) && { messageExtraction: true }),
    ...(split && {
      subRecords:
        valueOf(split, "SubRecordType") === "DELIMITED"
          ? { kind: "DELIMITED", delimiter: delimiter ?? "" }
          : { kind: "JSON" },
    }),
    ...(recordMetadata && { recordMetadata: readRecordMetadata(recordMetadata) }),
    ...(metadataQuery !== undefined && { metadataQuery }),
  };
}

/** In jq: what gives records their partition keys. */
export function queryOf(configuration: ProcessingConfiguration | undefined): string | undefined {
  const extraction = configuration?.Processors?.find(
    (processor) => processor.Type === "MetadataExtraction" && !asksForRecordMetadata(processor),
  );
  return extraction && valueOf(extraction, "MetadataExtractionQuery");
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === "true";
}

function readTransform(processor: Processor, defaultBytes: number): TransformSettings {
  const size = valueOf(processor, "BufferSizeInMBs");
  const roleArn = valueOf(processor, "RoleArn");
  return {
    functionArn: valueOf(processor, "LambdaArn") ?? "",
    ...(roleArn !== undefined && { roleArn }),
    retryCount: Number(valueOf(processor, "NumberOfRetries") ?? TRANSFORM_RETRIES_DEFAULT_COUNT),
    bufferBytes: size === undefined ? defaultBytes : Math.round(Number(size) * BYTES_PER_MIB),
  };
}

function readDelimiter(processor: Processor): string {
  const value = valueOf(processor, "Delimiter") ?? NEWLINE_DELIMITER;
  return value.replaceAll(NEWLINE_DELIMITER, "\n");
}

/** An absent parameter is in every range. */
function isNumberIn(text: string | undefined, min: number, max: number): boolean {
  if (text === undefined) return true;
  const value = Number(text);
  return text.trim() !== "" && value >= min && value <= max;
}
