/**
 * What a record is in Snowflake: a line of JSON, whose members are columns. A record's own text is taken over as it is, so that no
 * number loses a digit; only line breaks, which JSON has nowhere but between its tokens, become blanks.
 */
import type { FailedDelivery, FlushIdentity } from "../receivers/port.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { Loading } from "./settings.ts";

export const NO_OBJECT: FailedDelivery = {
  errorCode: "Snowflake.InvalidRecord",
  errorMessage: "The record is no JSON object, whose members could be columns.",
};

type Names = Pick<FlushIdentity, "sourceKinesisStreamArn"> & {
  readonly stream: { readonly name: string };
};

export function isObject(data: Uint8Array): boolean {
  const value = parsed(data);
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function rowOf(passing: Passing, loading: Loading, names: Names): string {
  if (loading.kind === "json") return lineOf(passing.data);
  const { contentColumn, metadataColumn } = loading;
  const isJson = parsed(passing.data) !== undefined;
  const content = isJson
    ? lineOf(passing.data)
    : JSON.stringify(Buffer.from(passing.data).toString());
  const metadata = metadataColumn
    ? `,${JSON.stringify(metadataColumn)}:${JSON.stringify(metadataOf(passing, names))}`
    : "";
  return `{${JSON.stringify(contentColumn)}:${content}${metadata}}`;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SnowflakeDestinationConfiguration.html */
function metadataOf({ record: { arrivedAtMs, origin } }: Passing, names: Names): object {
  const { stream, sourceKinesisStreamArn } = names;
  return {
    firehoseDeliveryStreamName: stream.name,
    IngestionTime: new Date(arrivedAtMs).toISOString(),
    ...(origin && {
      kinesisStreamName: sourceKinesisStreamArn?.split("/").at(-1),
      kinesisShardId: origin.shardId,
      kinesisPartitionKey: origin.partitionKey,
      kinesisSequenceNumber: origin.sequenceNumber,
      subsequenceNumber: String(origin.subSequenceNumber),
    }),
  };
}

function lineOf(data: Uint8Array): string {
  return Buffer.from(data)
    .toString()
    .trim()
    .replaceAll(/[\r\n]+/g, " ");
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    return undefined;
  }
}
