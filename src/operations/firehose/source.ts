/**
 * Where a new stream's records come from and how they are to be encrypted: Firehose's refusals, then ours.
 * Direct PUT and data streams are offered; the throughput hint of the former is kept and has no effect, as on AWS.
 */
import type { DeliveryStreamContext } from "../context.ts";
import type { CreateInput } from "./create-input.ts";
import { readKey, refuseOtherThanDirectPut } from "./encryption.ts";
import { invalidArgument, notOfferedYet } from "./refusals.ts";

const OFFERED_SOURCES =
  "write to the stream with PutRecord or PutRecordBatch, or to a data stream as its source";

/** What AWS refuses, in its words. */
export function checkSource(request: CreateInput, context: DeliveryStreamContext): void {
  const type = request.DeliveryStreamType ?? "DirectPut";
  if (type === "KinesisStreamAsSource" && request.KinesisStreamSourceConfiguration === undefined) {
    throw invalidArgument(
      "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.",
    );
  }
  if (type !== "KinesisStreamAsSource" && request.KinesisStreamSourceConfiguration !== undefined) {
    throw invalidArgument(
      "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type",
    );
  }
  if (type === "MSKAsSource" && request.MSKSourceConfiguration === undefined) {
    throw invalidArgument("MSKSourceConfig is mandatory for MSK as Source stream type.");
  }
  if (type === "DatabaseAsSource" && request.IcebergDestinationConfiguration === undefined) {
    throw invalidArgument(
      "IcebergDestinationConfiguration must be specified for Database as Source.",
    );
  }
  checkEncryption(request, type, context);
}

function checkEncryption(request: CreateInput, type: string, context: DeliveryStreamContext): void {
  const encryption = request.DeliveryStreamEncryptionConfigurationInput;
  if (encryption === undefined) return;
  refuseOtherThanDirectPut(type !== "KinesisStreamAsSource" && type !== "MSKAsSource");
  readKey(encryption, context);
}

/** What AWS takes and Hydrant does not offer yet. */
export function refuseOtherSources(request: CreateInput): void {
  if (request.MSKSourceConfiguration !== undefined) {
    throw notOfferedYet("MSKSourceConfiguration", OFFERED_SOURCES);
  }
  if (request.DatabaseSourceConfiguration !== undefined) {
    throw notOfferedYet("DatabaseSourceConfiguration", OFFERED_SOURCES);
  }
}
