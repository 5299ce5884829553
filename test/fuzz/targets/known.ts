/** Values for members by which a drawn call meets what stands. */
import { createRequest } from "../../unit/operations/firehose/harness.ts";
import { FUNCTION_ARN, STREAM_ARN } from "../../unit/operations/hydrant/harness.ts";
import type { Known } from "../draw-shape.ts";

export const DELIVERY_STREAM = "logs";
const UUID = "00000000-0000-5000-8000-000000000000";
const DESTINATION = (createRequest({}) as { ExtendedS3DestinationConfiguration: object })
  .ExtendedS3DestinationConfiguration;

export const KNOWN: Known = {
  StreamName: ["clicks"],
  Name: ["clicks", "other", DELIVERY_STREAM],
  StreamARN: [STREAM_ARN],
  ResourceARN: [STREAM_ARN],
  EventSourceArn: [STREAM_ARN],
  KinesisStreamARN: [STREAM_ARN],
  FunctionName: ["clean", FUNCTION_ARN],
  DeliveryStreamName: [DELIVERY_STREAM, "other"],
  ShardId: ["shardId-000000000000", "shardId-000000000001"],
  ShardToSplit: ["shardId-000000000000"],
  ShardToMerge: ["shardId-000000000000"],
  AdjacentShardToMerge: ["shardId-000000000001"],
  ShardIteratorType: ["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"],
  StartingPosition: ["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"],
  StreamId: [undefined],
  UUID: [UUID],
  ExtendedS3DestinationConfiguration: [DESTINATION],
  ConsumerName: ["fast", "other"],
  LaneId: ["lane-000000000000"],
  CurrentDeliveryStreamVersionId: ["1"],
  DestinationId: ["destinationId-000000000001"],
};
