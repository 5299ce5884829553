/**
 * Firehose's refusals of a data format conversion, in its order: compression, buffer size, the three parts, and
 * what is in them. Conversion is not offered here, but a wrong one is refused for AWS's reason. An absent
 * `Enabled` means true.
 * https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html
 */
import { LARGE_BUFFER_SIZE_MIN_MIB } from "../../limits.ts";
import { invalidArgument } from "./refusals.ts";
import type { ExtendedS3Configuration } from "./s3-shapes.ts";

const PARTS = [
  "InputFormatConfiguration",
  "OutputFormatConfiguration",
  "SchemaConfiguration",
] as const;

export function checkFormatConversion(configuration: ExtendedS3Configuration): void {
  const conversion = configuration.DataFormatConversionConfiguration;
  if (conversion === undefined || conversion.Enabled === false) return;
  if ((configuration.CompressionFormat ?? "UNCOMPRESSED") !== "UNCOMPRESSED") {
    throw invalidArgument(
      "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled",
    );
  }
  const sizeMiB = configuration.BufferingHints?.SizeInMBs;
  if (sizeMiB !== undefined && sizeMiB < LARGE_BUFFER_SIZE_MIN_MIB) {
    throw invalidArgument(
      `BufferingHints.SizeInMBs must be at least ${LARGE_BUFFER_SIZE_MIN_MIB} when data format conversion is enabled.`,
    );
  }
  for (const part of PARTS) {
    if (conversion[part] === undefined) throw invalidArgument(`${part} must not be null`);
  }
  requireOne("Deserializer", conversion.InputFormatConfiguration?.Deserializer);
  requireOne("Serializer", conversion.OutputFormatConfiguration?.Serializer);
}

function requireOne(kind: "Deserializer" | "Serializer", choices: object | undefined): void {
  const count = Object.keys(choices ?? {}).length;
  if (count === 0) throw invalidArgument(`${kind} must not be null`);
  if (count > 1) {
    throw invalidArgument(`More than one ${kind.toLowerCase()} specified. Only one may be chosen.`);
  }
}
