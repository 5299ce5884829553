/** Kinesis Data Streams' operations, API version 2013-12-02: a row for each, also for those left out. */
import type { Kinesis } from "@aws-sdk/client-kinesis";
import { RATE_EXCEEDED, serviceError } from "../../errors.ts";
import { defineService, notOffered } from "../../wire/operation.ts";
import type { OperationContext } from "../context.ts";
import { addTagsToStream } from "./add-tags-to-stream.ts";
import { createStream } from "./create-stream.ts";
import { decreaseStreamRetentionPeriod } from "./decrease-stream-retention-period.ts";
import { deleteResourcePolicy } from "./delete-resource-policy.ts";
import { deleteStream } from "./delete-stream.ts";
import { deregisterStreamConsumer } from "./deregister-stream-consumer.ts";
import { describeLimits } from "./describe-limits.ts";
import { describeStreamConsumer } from "./describe-stream-consumer.ts";
import { describeStreamSummary } from "./describe-stream-summary.ts";
import { describeStream } from "./describe-stream.ts";
import { kinesisDifferences } from "./differences.ts";
import { disableEnhancedMonitoring } from "./disable-enhanced-monitoring.ts";
import { enableEnhancedMonitoring } from "./enable-enhanced-monitoring.ts";
import { getRecords } from "./get-records.ts";
import { getResourcePolicy } from "./get-resource-policy.ts";
import { getShardIterator } from "./get-shard-iterator.ts";
import { increaseStreamRetentionPeriod } from "./increase-stream-retention-period.ts";
import { listShards } from "./list-shards.ts";
import { listStreamConsumers } from "./list-stream-consumers.ts";
import { listStreams } from "./list-streams.ts";
import { listTagsForResource } from "./list-tags-for-resource.ts";
import { listTagsForStream } from "./list-tags-for-stream.ts";
import { mergeShards } from "./merge-shards.ts";
import { putRecord } from "./put-record.ts";
import { putRecords } from "./put-records.ts";
import { putResourcePolicy } from "./put-resource-policy.ts";
import { registerStreamConsumer } from "./register-stream-consumer.ts";
import { removeTagsFromStream } from "./remove-tags-from-stream.ts";
import { splitShard } from "./split-shard.ts";
import { startStreamEncryption } from "./start-stream-encryption.ts";
import { stopStreamEncryption } from "./stop-stream-encryption.ts";
import { subscribeToShard } from "./subscribe-to-shard.ts";
import { tagResource } from "./tag-resource.ts";
import { untagResource } from "./untag-resource.ts";
import { updateMaxRecordSize } from "./update-max-record-size.ts";
import { updateShardCount } from "./update-shard-count.ts";
import { updateStreamMode } from "./update-stream-mode.ts";

const NO_CHANNELS = "a delivery stream writes records to S3, a channel is a newer way to the same";
const NO_COMMITMENT =
  "the settings are about AWS's bill for on-demand streams, which Hydrant does not have";
const NO_WARM_THROUGHPUT = "on-demand streams grow with their load";
const NO_QUEUES =
  "an event source mapping feeds a function, and reports what it gives up to a queue of your own";
const NO_STRATEGY = "records are always placed by their partition key";

/** Of September 2026; the last published SDK for JavaScript is older. */
type QueueOperation =
  | `${"Create" | "Delete" | "Describe" | "Update"}Queue`
  | "ListQueues"
  | `${"Acknowledge" | "Receive"}${"" | "DeadLetter"}QueueRecords`
  | `Update${"" | "DeadLetter"}QueueRecordsVisibility`
  | "RestoreDeadLetterQueueRecords";

/** Of these operations clients know that error for a throttle; all others answer the one of every service. */
const ON_RECORDS: ReadonlySet<string> = new Set([
  "GetRecords",
  "GetShardIterator",
  "PutRecord",
  "PutRecords",
]);

export const kinesisService = defineService<Kinesis, OperationContext, QueueOperation>({
  title: "Amazon Kinesis Data Streams",
  targetPrefix: "Kinesis_20131202",
  signingName: "kinesis",
  emptyOutput: "nothing",
  emptyBodyEncoding: "cbor",
  violationValue: "printed",
  rateExceeded: (operation) =>
    serviceError(
      ON_RECORDS.has(operation) ? "ProvisionedThroughputExceededException" : "ThrottlingException",
      RATE_EXCEEDED,
    ),
  operations: {
    AcknowledgeDeadLetterQueueRecords: notOffered(NO_QUEUES),
    AcknowledgeQueueRecords: notOffered(NO_QUEUES),
    AddTagsToStream: addTagsToStream,
    CreateChannel: notOffered(NO_CHANNELS),
    CreateQueue: notOffered(NO_QUEUES),
    CreateStream: createStream,
    DecreaseStreamRetentionPeriod: decreaseStreamRetentionPeriod,
    DeleteChannel: notOffered(NO_CHANNELS),
    DeleteQueue: notOffered(NO_QUEUES),
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteStream: deleteStream,
    DeregisterStreamConsumer: deregisterStreamConsumer,
    DescribeAccountSettings: notOffered(NO_COMMITMENT),
    DescribeChannel: notOffered(NO_CHANNELS),
    DescribeLimits: describeLimits,
    DescribeQueue: notOffered(NO_QUEUES),
    DescribeStream: describeStream,
    DescribeStreamConsumer: describeStreamConsumer,
    DescribeStreamSummary: describeStreamSummary,
    DisableEnhancedMonitoring: disableEnhancedMonitoring,
    EnableEnhancedMonitoring: enableEnhancedMonitoring,
    GetRecords: getRecords,
    GetResourcePolicy: getResourcePolicy,
    GetShardIterator: getShardIterator,
    IncreaseStreamRetentionPeriod: increaseStreamRetentionPeriod,
    ListChannels: notOffered(NO_CHANNELS),
    ListQueues: notOffered(NO_QUEUES),
    ListShards: listShards,
    ListStreamConsumers: listStreamConsumers,
    ListStreams: listStreams,
    ListTagsForResource: listTagsForResource,
    ListTagsForStream: listTagsForStream,
    MergeShards: mergeShards,
    PutRecord: putRecord,
    PutRecords: putRecords,
    PutResourcePolicy: putResourcePolicy,
    ReceiveDeadLetterQueueRecords: notOffered(NO_QUEUES),
    ReceiveQueueRecords: notOffered(NO_QUEUES),
    RegisterStreamConsumer: registerStreamConsumer,
    RemoveTagsFromStream: removeTagsFromStream,
    RestoreDeadLetterQueueRecords: notOffered(NO_QUEUES),
    SplitShard: splitShard,
    StartStreamEncryption: startStreamEncryption,
    StopStreamEncryption: stopStreamEncryption,
    SubscribeToShard: subscribeToShard,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateAccountSettings: notOffered(NO_COMMITMENT),
    UpdateChannel: notOffered(NO_CHANNELS),
    UpdateDeadLetterQueueRecordsVisibility: notOffered(NO_QUEUES),
    UpdateMaxRecordSize: updateMaxRecordSize,
    UpdateQueue: notOffered(NO_QUEUES),
    UpdateQueueRecordsVisibility: notOffered(NO_QUEUES),
    UpdateShardCount: updateShardCount,
    UpdateStreamMode: updateStreamMode,
    UpdateStreamRecordDistributionStrategy: notOffered(NO_STRATEGY),
    UpdateStreamWarmThroughput: notOffered(NO_WARM_THROUGHPUT),
  },
  differences: kinesisDifferences,
});
