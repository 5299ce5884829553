/**
 * The stages that a delivery stream's processors ask for, besides its Lambda. AWS's order is fixed, whatever the order
 * of the processors: decompression, CloudWatch Logs, de-aggregation, Lambda, metadata, delimiter. Ours, which adds record
 * metadata, comes behind the Lambda.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessingConfiguration.html
 */
import { extractMessages } from "./cloudwatch-logs.ts";
import { deAggregate, readDelimiter } from "./de-aggregate.ts";
import { decompress } from "./decompress.ts";
import type { Stage, StageOutcome } from "./outcome.ts";
import type { RecordMetadata } from "./record-metadata.ts";

/** Plain JSON: it is stored with the stream. */
export interface StageSettings {
  readonly decompression?: "GZIP";
  readonly messageExtraction?: true;
  /** `delimiter` in base64, as it was given. */
  readonly subRecords?:
    | { readonly kind: "JSON" }
    | { readonly kind: "DELIMITED"; readonly delimiter: string };
  /** What is added to the records. */
  readonly recordMetadata?: RecordMetadata;
  /** Of jq. */
  readonly metadataQuery?: string;
}

/** What happens to a record before the Lambda. */
export function stagesBeforeLambda(settings: StageSettings): Stage {
  const { decompression, messageExtraction, subRecords } = settings;
  const stages: Stage[] = [];
  if (decompression !== undefined) stages.push(decompress);
  if (messageExtraction) stages.push(extractMessages);
  if (subRecords?.kind === "JSON") stages.push(deAggregate(subRecords));
  if (subRecords?.kind === "DELIMITED") {
    const delimiter = readDelimiter(subRecords.delimiter);
    if (delimiter === undefined) throw new Error(`${subRecords.delimiter} is no delimiter`);
    stages.push(deAggregate({ kind: "DELIMITED", delimiter }));
  }
  return chain(stages);
}

/** One stage after the other: each is given what the one before it delivers. */
export function chain(stages: readonly Stage[]): Stage {
  return (passing) =>
    stages.reduce<readonly StageOutcome[]>(
      (outcomes, stage) =>
        outcomes.flatMap((outcome) => (outcome.kind === "delivered" ? stage(outcome) : [outcome])),
      [passing],
    );
}
