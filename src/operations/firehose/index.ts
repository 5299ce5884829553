/** Data Firehose's operations, API version 2015-08-04: a row for each, also for those left out. */
import type { Firehose } from "@aws-sdk/client-firehose";
import { RATE_EXCEEDED, serviceError } from "../../errors.ts";
import { defineService } from "../../wire/operation.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { createDeliveryStream } from "./create-delivery-stream.ts";
import { deleteDeliveryStream } from "./delete-delivery-stream.ts";
import { describeDeliveryStream } from "./describe-delivery-stream.ts";
import { firehoseDifferences } from "./differences.ts";
import { listDeliveryStreams } from "./list-delivery-streams.ts";
import { listTagsForDeliveryStream } from "./list-tags-for-delivery-stream.ts";
import { putRecordBatch } from "./put-record-batch.ts";
import { putRecord } from "./put-record.ts";
import { managed } from "./quotas.ts";
import { SLOW_DOWN } from "./refusals.ts";
import { startDeliveryStreamEncryption } from "./start-delivery-stream-encryption.ts";
import { stopDeliveryStreamEncryption } from "./stop-delivery-stream-encryption.ts";
import { tagDeliveryStream } from "./tag-delivery-stream.ts";
import { untagDeliveryStream } from "./untag-delivery-stream.ts";
import { updateDestination } from "./update-destination.ts";

export const firehoseService = defineService<Firehose, DeliveryStreamContext>({
  title: "Amazon Data Firehose",
  targetPrefix: "Firehose_20150804",
  signingName: "firehose",
  emptyOutput: "object",
  violationValue: "omitted",
  rateExceeded: (operation) =>
    operation.startsWith("PutRecord")
      ? serviceError("ServiceUnavailableException", SLOW_DOWN)
      : serviceError("ThrottlingException", RATE_EXCEEDED),
  operations: {
    CreateDeliveryStream: managed("CreateDeliveryStream", createDeliveryStream),
    DeleteDeliveryStream: managed("DeleteDeliveryStream", deleteDeliveryStream),
    DescribeDeliveryStream: managed("DescribeDeliveryStream", describeDeliveryStream),
    ListDeliveryStreams: managed("ListDeliveryStreams", listDeliveryStreams),
    ListTagsForDeliveryStream: managed("ListTagsForDeliveryStream", listTagsForDeliveryStream),
    PutRecord: putRecord,
    PutRecordBatch: putRecordBatch,
    StartDeliveryStreamEncryption: managed(
      "StartDeliveryStreamEncryption",
      startDeliveryStreamEncryption,
    ),
    StopDeliveryStreamEncryption: managed(
      "StopDeliveryStreamEncryption",
      stopDeliveryStreamEncryption,
    ),
    TagDeliveryStream: managed("TagDeliveryStream", tagDeliveryStream),
    UntagDeliveryStream: managed("UntagDeliveryStream", untagDeliveryStream),
    UpdateDestination: managed("UpdateDestination", updateDestination),
  },
  differences: firehoseDifferences,
});
