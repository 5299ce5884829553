/** Where event source mappings as Hydrant offers them do not do what Lambda's do; printed into the documentation. */
import type { Difference } from "../../wire/operation.ts";

export const hydrantDifferences: readonly Difference[] = [
  {
    about: "How many mappings there may be",
    aws: "No quota of Lambda's names them.",
    hydrant:
      "1,000, or what the parameter eventSourceMappings says; one more is a LimitExceededException. Two that are created at once may both take the last place.",
  },
  {
    about: "How mappings are called",
    aws: "REST calls of Lambda's API, with status codes of their own.",
    hydrant:
      "Calls of AWS JSON 1.1 like all others, signed for the service `hydrant`, with Lambda's members, errors and sentences. Every refusal is a 400. For policies, CreateEventSourceMapping acts on EventSourceArn, the others on the mapping's ARN. Whoever creates or updates one must be allowed kinesis:GetRecords on the stream, as on AWS the function's role must.",
  },
  {
    about: "Sources",
    aws: "Queues, topics, tables, data streams of any account.",
    hydrant: "Data streams of this deployment, and consumers that are registered with them.",
  },
  {
    about: "Functions",
    aws: "A mapping of a function that does not exist is refused.",
    hydrant:
      "The function is not looked for until there are records; until it is there, they wait. It must be one of those that the deployment lists (`consumerFunctions`), as the failure destination must (`failureDestinations`), and never one of Hydrant's own; else the mapping is refused. A key with a policy needs `hydrant:UseTarget` on both.",
  },
  {
    about: "State",
    aws: "Changes take seconds to minutes; a mapping that changes can be neither updated nor deleted.",
    hydrant:
      "Changes take about a second, more on streams with very many shards. A mapping that is Creating or Deleting cannot be updated; it can always be deleted. A shard that is being fed while its mapping is changed goes on as before for up to five seconds, and for as long as its invocation takes, though State says Enabled or Disabled again.",
  },
  {
    about: "Tumbling windows",
    aws: "One state per shard.",
    hydrant:
      "With a ParallelizationFactor above one, one for each group of partition keys that is fed by itself.",
  },
  {
    about: "LATEST",
    aws: "What is put before the mapping is Enabled may be missed.",
    hydrant:
      "What arrives after CreateEventSourceMapping was called is not missed, as far as the clocks of functions agree.",
  },
  {
    about: "Streams that are created anew",
    aws: "Not documented.",
    hydrant:
      "A mapping belongs to the stream it was made for; once that is deleted, LastProcessingResult says so, and whether another one has its name: delete the mapping and create it again.",
  },
  {
    about: "Consumers with enhanced fan-out",
    aws: "A mapping of a consumer has that consumer's throughput, and ends with it.",
    hydrant:
      "It reads like any other; reads are not limited. It goes on when the consumer is deregistered.",
  },
  {
    about: "Failure destinations",
    aws: "SQS, SNS, S3 and Kafka.",
    hydrant:
      "Standard queues of SQS in the region of the deployment, and buckets, those that it may write to.",
  },
  {
    about: "Filters",
    aws: "Five per mapping, ten for those who ask. A refusal says `Invalid filter pattern definition.` and no more.",
    hydrant: "Ten. A refusal says what is wrong.",
  },
  {
    about: "What filters may say",
    aws: "A part of what EventBridge's event patterns may.",
    hydrant:
      "All that these may, with EventBridge's meaning: lists within lists are flattened, what is wanted of the elements of a list is wanted of one of them, numbers are compared as numbers if a `double` holds them exactly, `$or`, `wildcard` and `cidr` are taken. The alternatives of `$or` may multiply to 10,000 conditions.",
  },
  {
    about: "What filters may cost",
    aws: "Not documented.",
    hydrant:
      "About a second of computing for a record. One whose filters would take longer is sent to the function, which can still pass it over: ordinary patterns are far from that with records of any size.",
  },
  {
    about: "Progress of deliveries",
    aws: "DataFreshness, a metric, which a stream that is blocked does not emit.",
    hydrant:
      "DescribeDeliveryProgress and ListDeliveryProgress, which Firehose does not have, tell of every delivery stream what waits and for how long, its last object, its last error and when it is tried again.",
  },
  {
    about: "Where records went",
    aws: "Nothing tells it but the objects themselves.",
    hydrant:
      "DescribeDelivery tells of each lane (with a data stream as the source, of each shard) what is buffered, when it is due, the flush that is pending, the last error and the next try, and of each bucket the last flushes. ListDeliveries lists the flushes: which blocks of the log went into which objects, and how many records were delivered, dropped and failed. They are remembered for 32 days, or for the retention where that is longer.",
  },
  {
    about: "Where one record is",
    aws: "Nobody can say.",
    hydrant:
      "LocateRecord tells of a RecordId that PutRecord or PutRecordBatch answered (of a stream that reads a data stream, of a sequence number) for each bucket its object and where in it: Offset and Length in bytes of the uncompressed object, without the delimiter, or Row and RowCount, from 0 on, of a Parquet file; or the line of the error object; or that it was dropped, waits and when it is due, or has expired. It counts again what the flush made of its records, as long as those can be read. Of a stream with a function the flush's objects are named and, where all its records fared alike, that, but no place in them; of a partitioned stream the objects of the flushes that it may have come out of, twenty of each at most, and MayWait while it may wait for its partition. Parts of a record that was split are told one by one. With a RequestId in place of a RecordId, which is the invocation id that the producer's SDK sent at most an hour ago, it tells the same of up to 20 records of that call.",
  },
  {
    about: "Reading what was put",
    aws: "Records of a Direct PUT stream can be read from its bucket only.",
    hydrant:
      "GetDeliveryRecords reads them from the log, as they were put and with their RecordIds, for as long as the retention, delivered or not: from a time on, lane by lane, in pages of GetRecords' size. Whoever may call it sees the data.",
  },
  {
    about: "Dry runs",
    aws: "A processing configuration is tried out on what is delivered.",
    hydrant:
      "TestPipeline tells what a delivery stream's stages, or those of a ProcessingConfiguration or a jq Query that is given, make of up to 500 records, which are given or lie in its log: each delivered with its data, partition keys and rows, dropped, or failed and why. Nothing is delivered. A Lambda function is really invoked, once a batch, and has seven seconds in all. Whoever names a ProcessingConfiguration must be allowed to UpdateDestination of the stream, too.",
  },
  {
    about: "Retention of Direct PUT",
    aws: "24 hours.",
    hydrant:
      "24 hours, and from 24 to 8,760 by UpdateDeliveryRetention. What had expired when it is raised stays gone; lanes that were closed before keep their records as long as they would have.",
  },
  {
    about: "Where a delivery stream begins in its data stream",
    aws: "At the latest record.",
    hydrant:
      "CreateDeliveryStream under Hydrant's own target prefix takes Firehose's members, and StartingPosition (LATEST, TRIM_HORIZON, AT_TIMESTAMP with StartingPositionTimestamp) for those that read a data stream, RetentionPeriodHours for the others. Who calls it must be allowed to call Firehose's, too.",
  },
  {
    about: "Pauses",
    aws: "A Firehose stream cannot be held; its bucket's policy can refuse it, for 24 h.",
    hydrant:
      "PauseDelivery has a delivery stream take records and deliver none until ResumeDelivery. It is ACTIVE meanwhile and can be updated, put to and deleted. What a run executes when the stream is paused it ends; what was begun and waits for its next try stays as it is, and is run again as it was. Records that wait for longer than the retention are lost, and DescribeDelivery warns when three quarters of it are over. While records wait, the sweep runs once a minute.",
  },
  {
    about: "Replays",
    aws: "What was delivered is gone from Firehose.",
    hydrant:
      "StartReplay, DescribeReplay, ListReplays and StopReplay, which Firehose does not have, deliver any span of a stream's log once more, to the same or another destination, through the stream's processors, others or none: docs/replay-and-redrive.md. Records can be replayed for as long as the retention of the delivery stream, or of the data stream that it reads.",
  },
  {
    about: "Redrives",
    aws: "Records that failed stand in the error prefix; whoever wants them back writes a program.",
    hydrant:
      "StartRedrive, DescribeRedrive, ListRedrives and StopRedrive, which Firehose does not have, bring the records in objects of failed ones back through the stream's pipeline as it is by then. Each such object is redriven once, by whichever redrive, whatever dies meanwhile; what fails again stands under the error prefix with its attempts counted up, and can be redriven in turn. AfterRedrive says what becomes of an object once all of its records are handled: KEEP, TAG (`hydrant:redriven` = `true`, for lifecycle rules) or MOVE (below `redriven/`): docs/replay-and-redrive.md.",
  },
  {
    about: "Progress",
    aws: "IteratorAge, a metric of the function, over all shards.",
    hydrant:
      "DescribeEventSourceMappingProgress, which Lambda does not have, tells of every shard how far behind its function is, what the last error was and when it is tried again.",
  },
  {
    about: "Aggregates",
    aws: "Those of the Kinesis Producer Library reach the function whole.",
    hydrant:
      "The same, unless the mapping has `Deaggregate: true`, which Lambda does not know: then its filters, batches and partition keys are those of the user records.",
  },
];
