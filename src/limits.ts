/** Every number with a meaning, once: the unit in its name, its source beside it. */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

// Data Firehose quotas: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
export const FIREHOSE_RECORD_MAX_BYTES = 1000 * KIB;
export const PUT_RECORD_BATCH_MAX_COUNT = 500;
export const PUT_RECORD_BATCH_MAX_BYTES = 4 * MIB;
/** What a Direct PUT stream takes in a second, where AWS's limits are asked for: in most regions, and in three of them. */
export const DIRECT_PUT_PER_SECOND = { recordCount: 100_000, callCount: 1000, byteCount: MIB };
export const DIRECT_PUT_LARGE_PER_SECOND = {
  recordCount: 500_000,
  callCount: 2000,
  byteCount: 5 * MIB,
};
export const DIRECT_PUT_LARGE_REGIONS: readonly string[] = ["us-east-1", "us-west-2", "eu-west-1"];
export const DELIVERY_STREAM_NAME_MAX_LENGTH = 64;
export const DELIVERY_STREAMS_MAX_COUNT = 5000;
export const LIST_DELIVERY_STREAMS_DEFAULT_COUNT = 10;
/** Of each operation that manages delivery streams, where AWS's limits are asked for. */
export const CONTROL_CALLS_PER_SECOND = 5;
/** How many of the names that make up the quota its refusal tells. */
export const QUOTA_NAMES_SHOWN_MAX_COUNT = 10;
/** How long Firehose keeps undelivered Direct PUT records. */
export const DIRECT_PUT_RETENTION_MS = 24 * HOUR_MS;

/**
 * What a stream's destination may come to as text, processors, schema and all. It stands in the stream's item and in each
 * pending plan, and those are written often; AWS names no bound.
 */
export const DESTINATION_SETTINGS_MAX_BYTES = 64 * KIB;

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html */
export const ENCRYPTION_CALLS_MAX_COUNT = 25;
export const ENCRYPTION_CALLS_WINDOW_MS = 24 * HOUR_MS;

/** How long a process may go on with what it remembers of a delivery stream. */
export const STREAM_CACHE_MAX_AGE_MS = 60 * SECOND_MS;

/** The same of a data stream and its shards, whose settings callers change more often. */
export const DATA_STREAM_CACHE_MAX_AGE_MS = 5 * SECOND_MS;
/** The same where the store cannot be asked: what it refuses is counted by the second, and tried for several. */
export const DATA_STREAM_CACHE_BUSY_AGE_MS = 20 * SECOND_MS;

// Lanes of Direct PUT streams.
/** Enough for 20,000 single puts a second, or 500 MB/s. */
export const LANES_MAX_COUNT = 64;
/** How many are opened or removed in one step: a transaction holds 100 items, of which a lane has three. */
export const LANE_CHANGE_MAX_COUNT = 32;

/** How long it is known how far a lane reached that is gone: longer than any of its blocks stands. */
export const LANE_COUNTER_KEPT_MS = 400 * 24 * HOUR_MS;

/** Readers that join a stream's lanes in one step: with the stream's item, as many as a transaction holds. */
export const JOINING_READERS_MAX_COUNT = 99;
/** Of the 1,000 updates a second that an item of DynamoDB takes; one for each call that is put alone. */
export const LANE_BUSY_BLOCKS_PER_SECOND = 700;
/** About half of what a reader delivers as GZIP, whose function has one core (docs/performance.md). */
export const LANE_BUSY_BYTES_PER_SECOND = 16_000_000;
/** How many lanes a call is offered to, each of which may be too busy, before it is refused. */
export const LANES_TRIED_MAX_COUNT = 3;
/** How long nobody judges by the load behind a change of the lanes: producers learn of it one after the other. */
export const LANE_CHANGE_PAUSE_MS = 3 * SECOND_MS;
/** The same for a producer that several lanes refused at once. */
export const LANE_REFUSED_PAUSE_MS = 500;
/** How long a call is kept for a look at its stream's lanes, and for more of them. */
export const FOLLOW_LOAD_MAX_MS = 500;
/** How long less must have been put than half of the lanes would bear before there are fewer. */
export const LANE_SPARE_AFTER_MS = 120 * SECOND_MS;
/** How long a wake-up's reader is at work without a pause before it is asked whether it falls behind. */
export const LANE_BEHIND_AFTER_MS = 20 * SECOND_MS;

// Kinesis Data Streams: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
export const DATA_STREAM_NAME_MAX_LENGTH = 128;
export const ON_DEMAND_INITIAL_SHARD_COUNT = 4;
export const SHARDS_PER_STREAM_MAX_COUNT = 10_000;
export const RETENTION_DEFAULT_HOURS = 24;
export const RETENTION_MIN_HOURS = 24;
export const RETENTION_MAX_HOURS = 365 * 24;
/** How long a call that changes retention goes through the shards and the log itself. */
export const RETENTION_CHANGE_BUDGET_MS = 5 * SECOND_MS;
/** How long a sweep goes on with what calls on data streams left: the next one comes after a minute. */
export const STREAMS_SWEEP_BUDGET_MS = 45 * SECOND_MS;
export const RECORD_SIZE_DEFAULT_KIB = 1024;
export const RECORD_SIZE_MAX_KIB = 10 * 1024;
export const TAGS_PER_STREAM_MAX_COUNT = 50;
/** AWS's quota in its largest regions. */
export const ACCOUNT_SHARD_LIMIT = 20_000;
/** For DescribeLimits; nothing counts against it. */
export const ACCOUNT_ON_DEMAND_STREAM_LIMIT = 50;
export const LIST_STREAMS_MAX_COUNT = 100;
export const DESCRIBE_STREAM_MAX_COUNT = 100;
export const LIST_SHARDS_MAX_COUNT = 1000;
/** What a shard takes, partition keys included. */
export const SHARD_WRITE_MAX_COUNT_PER_SECOND = 1000;
export const SHARD_WRITE_MAX_BYTES_PER_SECOND = MIB;
/** What AWS lets the readers of a shard take, all of them together; enforced on request. */
export const SHARD_READ_MAX_CALLS_PER_SECOND = 5;
export const SHARD_READ_MAX_BYTES_PER_SECOND = 2 * MIB;
/** Of all five operations that have them: https://docs.aws.amazon.com/streams/latest/dev/kds-dryrun-validation.html */
export const DRY_RUNS_PER_SECOND = 1;
export const PUT_RECORDS_MAX_COUNT = 500;
export const PUT_RECORDS_MAX_BYTES = 10 * MIB;
export const GET_RECORDS_MAX_COUNT = 10_000;
/** Of data and partition keys. */
export const GET_RECORDS_MAX_BYTES = 10 * MIB;
export const SHARD_ITERATOR_LIFETIME_MS = 300 * SECOND_MS;
/** Of the next tokens of lists. */
export const LIST_TOKEN_LIFETIME_MS = 300 * SECOND_MS;
export const STREAM_MODE_CHANGES_PER_DAY = 2;
export const SHARD_COUNT_UPDATES_PER_DAY = 10;
export const SCALING_WINDOW_MS = 24 * HOUR_MS;
export const CONSUMERS_PER_STREAM_MAX_COUNT = 20;
export const CONSUMERS_CREATING_MAX_COUNT = 5;
export const LIST_STREAM_CONSUMERS_MAX_COUNT = 100;

/** How many shards of a stream one call asks for at the same time. */
export const SHARDS_AT_ONCE = 25;

/** How long one call goes on with the shards of a stream that is created or deleted before it leaves the rest. */
export const STREAM_STEP_BUDGET_MS = 5 * SECOND_MS;
/** How many shards are made or removed before the time is looked at. */
export const STREAM_STEP_SHARDS = 100;

/**
 * How long after the last of its records expired a closed shard is forgotten: clocks differ, and what was begun with it
 * is over by then.
 */
export const SHARD_FORGOTTEN_AFTER_MS = HOUR_MS;
/** How soon those are looked at again that somebody still has to read to their end. */
export const PRUNE_INTERVAL_MS = HOUR_MS;

// Resharding.
/** How long a change of a data stream may show after it is done; the steps of one have less time. */
export const STREAM_TRANSITION_MAX_MS = 60 * SECOND_MS;
/** How long the process that began a reshard has it to itself; it takes a fraction of a second. */
export const RESHARD_GRACE_MS = 2 * SECOND_MS;
/** How long one call goes on with a scaling before it leaves the rest to the next. */
export const RESHARD_BUDGET_MS = 5 * SECOND_MS;
/** How many shards a scaling opens at once: producers wait while it does. */
export const RESHARD_WAVE_MAX_CHILDREN = 32;
/** How many shards one step of a scaling may take; it is noted whole in the stream's item of at most 400 KB. */
export const RESHARD_STEP_MAX_CHILDREN = 1000;
/** A shard of an on-demand stream is split for its load at this age at the earliest. */
export const ON_DEMAND_SPLIT_MIN_AGE_MS = 60 * SECOND_MS;
/** 200 MB/s, AWS's default ceiling of an on-demand stream. */
export const ON_DEMAND_MAX_SHARD_COUNT = 200;
export const HOURS_TO_MS = HOUR_MS;

// Object names: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
export const PREFIX_EVALUATED_MAX_LENGTH = 512;
export const PREFIX_MAX_LENGTH = 1024;
/** Of a member that is added to records; a column's name in Glue may be as long. */
export const RECORD_METADATA_NAME_MAX_LENGTH = 255;
/** What is left of S3's 1,024 bytes when the longest stream name, version, time, UUID and extension are taken off. */
export const PREFIX_EVALUATED_MAX_BYTES = 760;

// Buffering hints: https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
export const BUFFER_SIZE_MIN_MIB = 1;
/** differs from AWS: 64 KiB, where AWS's own limits are not asked for. */
export const BUFFER_SIZE_FRACTION_MIN_MIB = 1 / 16;
export const BUFFER_SIZE_MAX_MIB = 128;
export const BUFFER_SIZE_DEFAULT_MIB = 5;
/** For format conversion and dynamic partitioning. */
export const LARGE_BUFFER_SIZE_DEFAULT_MIB = 128;
/** For format conversion and dynamic partitioning. */
export const LARGE_BUFFER_SIZE_MIN_MIB = 64;
export const PARTITIONED_BUFFER_INTERVAL_MIN_SECONDS = 60;
export const PARTITION_RETRY_DEFAULT_SECONDS = 300;
export const BUFFER_INTERVAL_MAX_SECONDS = 900;
export const BUFFER_INTERVAL_DEFAULT_SECONDS = 300;

// Lambda transforms: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
export const TRANSFORM_BUFFER_DEFAULT_BYTES = MIB;
export const TRANSFORM_BUFFER_MIN_MIB = 0.2;
export const TRANSFORM_BUFFER_MAX_MIB = 3;
export const TRANSFORM_RETRIES_DEFAULT_COUNT = 3;
export const TRANSFORM_RETRIES_MAX_COUNT = 300;
export const TRANSFORM_CONCURRENCY = 5;
export const TRANSFORM_TIMEOUT_MS = 300 * SECOND_MS;

export const PROCESSORS_MAX_COUNT = 5;

/** A record of more goes on as it is: https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
export const DE_AGGREGATED_RECORDS_MAX_COUNT = 500;
/**
 * What one record may become; AWS names no number. It is many times a batch of CloudWatch Logs, and little enough for the
 * smallest function.
 */
export const DECOMPRESSED_RECORD_MAX_BYTES = 16 * MIB;
/**
 * Of a record that is parsed as JSON, more than a megabyte can hold in earnest: a compressed one may come to sixteen
 * megabytes of nothing but brackets, which would take forty times that in memory.
 */
export const RECORD_VALUES_MAX_COUNT = 1_000_000;
/** What stages make is handed on as soon as it comes to one of the two. */
export const PIPELINE_GROUP_BYTES = 4 * MIB;
export const PIPELINE_GROUP_MAX_COUNT = 2000;
/** So many records that failed before the function wait for those that it is working on. */
export const PIPELINE_WAITING_MAX_COUNT = 10_000;
/** JSON documents in one record that is converted: a row needs some hundred bytes, a document of it two. */
export const DOCUMENTS_PER_RECORD_MAX_COUNT = 100_000;

// Destinations that are not S3.
/** So much of a flush is kept in a piece, and held in memory: as ingested, and what the stages made of it. */
export const PARCEL_PIECE_BYTES = 16 * MIB;
export const PARCEL_PIECE_MAX_COUNT = 20_000;
/** Between two attempts, to begin with and at most: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
export const RECEIVER_BACK_OFF_MIN_MS = SECOND_MS;
export const RECEIVER_BACK_OFF_MAX_MS = 120 * SECOND_MS;
export const RECEIVER_BACK_OFF_JITTER = 0.15;
/** For so long a secret that was read is remembered. */
export const SECRET_MAX_AGE_MS = 300 * SECOND_MS;
export const SECRETS_KEPT_MAX_COUNT = 100;
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointRetryOptions.html, and so of all others. */
export const RECEIVER_RETRY_MAX_SECONDS = 7200;
/** https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
export const HTTP_ENDPOINT_RECORDS_MAX_COUNT = 10_000;
export const HTTP_ENDPOINT_TIMEOUT_MS = 180 * SECOND_MS;
/** Of an answer, its headers included. */
export const HTTP_ENDPOINT_ANSWER_MAX_BYTES = MIB;
export const HTTP_ENDPOINT_ERROR_MAX_LENGTH = 8192;
export const HTTP_ENDPOINT_BUFFER_MAX_MIB = 64;
export const HTTP_ENDPOINT_RETRY_DEFAULT_SECONDS = 300;
export const HTTP_ENDPOINT_ATTRIBUTES_MAX_COUNT = 50;
/** So much of an answer stands in an error's sentence. */
export const QUOTED_ANSWER_MAX_LENGTH = 1024;
/** As much as its buffering hints allow. */
export const SPLUNK_BATCH_MAX_BYTES = 5 * MIB;
export const SPLUNK_BATCH_MAX_COUNT = 10_000;
export const SPLUNK_TIMEOUT_MS = 180 * SECOND_MS;
export const SPLUNK_ACK_REQUEST_TIMEOUT_MS = 30 * SECOND_MS;
export const SPLUNK_ANSWER_MAX_BYTES = MIB;
/** Between two questions for an acknowledgement, to begin with and at most. Splunk indexes within seconds, and is asked seldom. */
export const SPLUNK_ASK_MIN_MS = SECOND_MS;
export const SPLUNK_ASK_MAX_MS = 10 * SECOND_MS;
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html */
export const SPLUNK_ACK_TIMEOUT_MIN_SECONDS = 180;
export const SPLUNK_ACK_TIMEOUT_MAX_SECONDS = 600;
export const SPLUNK_ACK_TIMEOUT_DEFAULT_SECONDS = 180;
export const SPLUNK_BUFFER_MAX_MIB = 5;
export const SPLUNK_BUFFER_MAX_SECONDS = 60;
export const SPLUNK_RETRY_DEFAULT_SECONDS = 300;
/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
export const SPLUNK_TRANSFORM_BUFFER_DEFAULT_BYTES = 256 * 1024;
/** Batches of a flush that a receiver did not take, before no new ones are sent until these are. */
export const OPEN_BATCHES_MAX_COUNT = 16;

/** A larger plan lies in the log bucket. A reader's item is written with each heartbeat, a write unit per KiB. */
export const PLAN_INLINE_MAX_BYTES = 8 * 1024;

// Dynamic partitioning: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
/** Of each lane, or shard of a source. */
export const ACTIVE_PARTITIONS_MAX_COUNT = 500;
/** So much of a partition is packed together; so much of each may wait unpacked. */
export const PARTITION_PIECE_BYTES = 32 * 1024;
/** What partitions that wait take in memory, packed, before the largest are written early. */
export const PARTITIONS_HELD_MAX_BYTES = 96 * MIB;
/** A flush of a partitioned stream need not wait for more, whatever waits. */
export const PARTITIONED_SPAN_MAX_BYTES = 32 * MIB;
/**
 * Of the interval, what a partition has still to wait when it is written with others that are due: what is left is put
 * down anew, which is done four times in an interval at most.
 */
export const PARTITION_EARLY_SHARE = 1 / 4;
/** How many objects of a plan are uploaded, or completed, at once. */
export const STAGED_AT_ONCE = 16;

// jq, which runs programs that others wrote, on input that others wrote.
/**
 * CPU time that jq may take for one record; it takes less than a millisecond for any that is meant to end. With a third of
 * a core, as small functions have, these are 5 s.
 */
export const JQ_INPUT_MAX_MS = 1500;
/** The same when many in a row took longer. */
export const JQ_INPUT_MIN_MS = 200;
/** Many times what the largest record needs. */
export const JQ_MEMORY_MAX_BYTES = 256 * MIB;
/** How many records one call takes; with more it gets no faster. */
export const JQ_CALL_MAX_COUNT = 500;
export const JQ_CALL_MAX_BYTES = 8 * MIB;
/** What is kept of what jq says against a record, which may quote it. */
export const JQ_ERROR_MAX_LENGTH = 2000;

/** How long it is remembered what became of a reader's last flush. */
export const DELIVERY_NOTE_LIFETIME_MS = 400 * 24 * HOUR_MS;
/** How long each flush is remembered: where its records went. Longer where the records live longer. */
export const FLUSH_NOTE_LIFETIME_MS = 32 * 24 * HOUR_MS;
/** Objects that a note names; of a flush with more, what they are called follows from its records. */
export const FLUSH_NOTE_OBJECTS_MAX_COUNT = 20;
/** Of the sentence that says why one failed. */
export const DELIVERY_FAILURE_MAX_LENGTH = 1000;
/** Delivery streams of one answer about what waits. */
export const DELIVERY_PROGRESS_MAX_COUNT = 100;
export const DELIVERY_PROGRESS_DEFAULT_COUNT = 20;
/** A run at work looks whether its stream was paused, when it last did so long ago. */
export const PAUSE_LOOK_INTERVAL_MS = 1000;
/** For the counting that tells where in an object a record is. */
export const LOCATE_BUDGET_MS = 7000;
/** Flushes of a partitioned stream in which what an earlier one left is looked for. */
export const LOCATED_FLUSHES_MAX_COUNT = 20;
/** Records of a call that are located at once. */
export const LOCATED_RECORDS_MAX_COUNT = 20;
/** Lanes that one page of a delivery stream's records looks for records in. */
export const DELIVERY_LANES_LOOKED_MAX_COUNT = 50;
/** Records of a dry run of a delivery stream's stages, how long their function may take, and what is answered of them. */
export const TEST_PIPELINE_MAX_COUNT = 500;
export const TEST_PIPELINE_DEFAULT_COUNT = 20;
export const TEST_PIPELINE_BUDGET_MS = 7000;
export const TEST_PIPELINE_OUTPUT_MAX_BYTES = 3 * MIB;
/** Flushes of one answer. */
export const LIST_DELIVERIES_MAX_COUNT = 1000;
export const LIST_DELIVERIES_DEFAULT_COUNT = 100;
/** Lanes or shards that one answer looks through for flushes. */
export const LIST_DELIVERIES_LOOKS_MAX_COUNT = 200;
/** Of a delivery stream's description: those of which most waits. */
export const DESCRIBED_LANES_MAX_COUNT = 100;
export const DESCRIBED_FLUSHES_COUNT = 10;
/** A record that has lived for so much of its retention and is not delivered is worth a warning. */
export const RETENTION_WARNING_SHARE = 0.75;

// Lambda's synchronous payload: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
export const LAMBDA_PAYLOAD_MAX_BYTES = 6 * MIB;

/** Of one try of what a producer waits for. DynamoDB answers in milliseconds; what takes so long will not come. */
export const PROMPT_CALL_TIMEOUT_MS = 2 * SECOND_MS;
/** The same of the body of a block, of some megabytes. */
export const PROMPT_BODY_TIMEOUT_MS = 3 * SECOND_MS;
/** How long several writes are tried again while one of their items is in another write. */
export const CONFLICT_PATIENCE_MS = 3 * SECOND_MS;
/** Every call but a subscription ends within it. */
export const CALL_MAX_MS = 10 * SECOND_MS;
/** What a call that was answered at that time gets to end in order before its function is frozen. */
export const CALL_REST_MAX_MS = 15 * SECOND_MS;

// S3 multipart: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
export const S3_PART_BYTES = 8 * MIB;

// SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
export const SQS_DELAY_MAX_SECONDS = 900;

// Clients of AWS that act under users' roles, and in other regions.
/** How many a process remembers, of each service. */
export const CLIENTS_MAX_COUNT = 200;
export const ROLES_ASSUMED_MAX_COUNT = 1000;
/** How long before their end a role's credentials are asked for anew. */
export const ROLE_CREDENTIALS_MARGIN_MS = 5 * 60 * SECOND_MS;

// The shard log.
/** Above this a compressed block body is cheaper as an S3 object (one PUT) than as DynamoDB write units. */
export const INLINE_BODY_MAX_BYTES = 8 * KIB;
/** The longest retention of the two shorter classes of such objects; resources/buckets.yml ends them days later. */
export const BODY_DAY_MAX_MS = 24 * HOUR_MS;
export const BODY_WEEK_MAX_MS = 7 * 24 * HOUR_MS;
/** An item holds 400 KB, keys and all: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const INLINE_BODY_FALLBACK_MAX_BYTES = 380 * 1000;
/** How long a process seals with a data key, and goes on with one that it had opened; a key that is disabled is missed then. */
export const DATA_KEY_MAX_AGE_MS = 5 * 60 * SECOND_MS;
/** Far below what AES-GCM bears of one key with nonces of chance, 2^32. */
export const DATA_KEY_BLOCKS_MAX_COUNT = 1_000_000;
/** How many a process remembers, of those it seals with and of those it opened. */
export const DATA_KEYS_MAX_COUNT = 1000;
export const KEY_REFUSAL_MAX_AGE_MS = SECOND_MS;
/** How long a reader waits for a reserved block that it cannot see before it writes a tombstone. */
export const HOLE_FILL_TIMEOUT_MS = 2 * SECOND_MS;
/** A block's put is signed with the time of its place's reservation, and DynamoDB takes no older signature than this. */
export const PLACE_WRITABLE_MS = 15 * 60 * SECOND_MS;
/** Behind a block that is older than this no writer is at work any more, though clocks be wrong by a quarter of an hour. */
export const WRITER_GONE_AFTER_MS = HOUR_MS;
/** How often a reader looks again while it waits for such a block. */
export const HOLE_POLL_INTERVAL_MS = 100;
/** An hour is what is promised of a producer's retries; the rest is for two clocks, each a quarter of an hour off its own way. */
export const PROOF_KEPT_MS = HOUR_MS + 30 * 60 * SECOND_MS;
/** Attempts of one call that meet at once would go on closing each other's places; each waits so long at most. */
export const PROOF_LOST_PAUSE_MS = 50;

/**
 * How much longer a block stays in the store than its records can be read, so that a raised retention still finds what
 * was about to expire. The store takes its own time over removing it, too; bodies have days more.
 */
export const BLOCK_EXPIRY_SLACK_MS = 36 * HOUR_MS;
/** After a raised retention: how many pages of blocks are gone through at once, of whichever shards and streams. */
export const EXTENSION_PAGES_AT_ONCE = 16;
/** How long such a page waits when the table was too busy, doubling with each time. */
export const EXTENSION_PAUSE_MIN_MS = 100;
export const EXTENSION_PAUSE_MAX_MS = 5 * SECOND_MS;
/** How many blocks one GetRecords looks at, and for how long, before it answers with what it has, be it nothing. */
export const PAGE_SCAN_MAX_BLOCKS = 5000;
export const PAGE_LOOK_BUDGET_MS = 3 * SECOND_MS;
/** How long a delivery looks for the end of what it will write at once, before it takes what it has seen. */
export const SPAN_LOOK_BUDGET_MS = 60 * SECOND_MS;
/**
 * How much earlier than its predecessors a block may claim to have arrived: the clocks of two functions differ, and
 * a writer may be held up between looking at its clock and taking its place.
 */
export const ARRIVAL_DISORDER_MAX_MS = 30 * SECOND_MS;
/** How long a shard goes without a mark of its time while it is put into. */
export const TIME_MARK_INTERVAL_MS = 10 * 60 * SECOND_MS;
/** Nobody looks for a time behind a mark that is not older than it by this much. */
export const TIME_MARK_SLACK_MS = TIME_MARK_INTERVAL_MS;
/** Longer than any block lives, whatever its stream's retention is raised to meanwhile. */
export const TIME_MARK_LIFETIME_MS = (RETENTION_MAX_HOURS + 10 * 24) * HOUR_MS;
/** While a reshard is under way, producers wait this long in all, looking again this often. */
export const RESHARD_PATIENCE_MS = 5 * SECOND_MS;
export const RESHARD_POLL_INTERVAL_MS = 50;

// SubscribeToShard: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
export const SUBSCRIPTION_MAX_DURATION_MS = 300 * SECOND_MS;
/** How long a subscription counts that nobody ended: its function is over by then. */
export const SUBSCRIPTION_COUNTED_MS = SUBSCRIPTION_MAX_DURATION_MS + 30 * SECOND_MS;
/** A subscription keeps its place for so long; then a later one may take it over. */
export const SUBSCRIPTION_PROTECTED_MS = 5 * SECOND_MS;
/** One call per consumer and shard in so long a time. */
export const SUBSCRIPTION_CALL_INTERVAL_MS = SECOND_MS;
/** AWS sends an event at least every 5 s, and clients give up after 10. */
export const SUBSCRIPTION_IDLE_EVENT_MS = 4 * SECOND_MS;
/** How often the shard is looked at for new records; they come later by half of it. */
export const SUBSCRIPTION_POLL_INTERVAL_MS = 200;
/** How often a subscription asks whether it was taken over. */
export const SUBSCRIPTION_CHECK_INTERVAL_MS = 2 * SECOND_MS;
export const SUBSCRIPTION_EVENT_MAX_RECORDS = 5000;
export const SUBSCRIPTION_EVENT_MAX_BYTES = MIB;
/**
 * A subscription ends early when it has sent so much, and its client resumes it: Lambda streams at most 200 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export const SUBSCRIPTION_MAX_BYTES = 150 * MIB;

/**
 * Write units of one partition key a second, and so updates of one counter, refused ones included:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const COUNTER_UPDATES_MAX_PER_SECOND = 1000;
/** Of so many shards a process remembers what it was told of their present second. */
export const REMEMBERED_SECONDS_MAX_COUNT = 1000;

// Readers.
/**
 * Who has switched the sweep's rule on relies on it for so long; the sweep that switches it off looks again later than
 * that, by as much as requests may be under way.
 */
export const SWEEP_TRUST_MS = 2 * SECOND_MS;
export const SWEEP_SECOND_LOOK_MS = 10 * SECOND_MS;
/** Longer than any function may run that called for the sweep, before it left anything to be done. */
export const CALL_LEFTOVERS_MAX_MS = 16 * 60 * SECOND_MS;
/** How many shards a batch of doorbells is answered for at once, and how many readers of each. */
export const RINGS_AT_ONCE = 50;
export const READERS_AT_ONCE = 50;
/**
 * What all readers of a shard read lies under two partition keys at a time, its counter and the chunk of the moment, which
 * give 3,000 reads a second. So readers of a shard that has more than so many are not woken at once: their messages are
 * held back for as many seconds as it takes to have so many wake-ups in each.
 */
export const CROWD_FROM_READERS = 250;
export const CROWD_WAKES_PER_SECOND = 1000;
/** Of shards that a process remembers which is woken for them. */
export const KNOWN_SHARDS_MAX_COUNT = 10_000;
/** Of small blocks that a process keeps in memory for others of its consumers. */
export const REMEMBERED_BLOCKS_MAX_COUNT = 1000;
export const REMEMBERED_BLOCKS_MAX_BYTES = 4 * MIB;
/** How long the owner of a lease waits before it writes once more what failed; the limits of DynamoDB are of a second. */
export const OWNER_TRIES_AGAIN_MS = 1 * SECOND_MS;
/**
 * For how long a doorbell relies on a wake-up that it sent and could not note, and of how many at most: as long as a
 * message may stay away that found its reader's store too busy.
 */
export const UNNOTED_WAKE_MS = 30 * SECOND_MS;
export const UNNOTED_WAKES_MAX_COUNT = 10_000;
/**
 * A reader that has been at work for so long without a pause, and has several buffers before it, takes more than one at
 * once: what a span costs beside its bytes is then shared by many. Firehose raises its buffer likewise.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
 */
export const SPAN_RAISED_AFTER_MS = 10 * SECOND_MS;
export const SPAN_RAISED_FROM_BUFFERS = 4;
export const SPAN_RAISED_MAX_BYTES = 64 * MIB;
/** As far ahead as a reader may ask to be woken: SQS holds no message back for longer. */
export const WAKE_AHEAD_MAX_MS = SQS_DELAY_MAX_SECONDS * SECOND_MS;
export const LEASE_DURATION_MS = 30 * SECOND_MS;
export const LEASE_HEARTBEAT_MS = 10 * SECOND_MS;
/**
 * For so long a message stays hidden at a time while its worker lives, who asks for more well before: one that died is
 * missed within it. As short as two lost heartbeats allow.
 */
export const MESSAGE_HIDDEN_SECONDS = 60;
export const MESSAGE_HEARTBEAT_MS = 20 * SECOND_MS;
/** How long a wake-up waits for a lease that somebody else holds before it goes back to the queue. */
export const LEASE_PATIENCE_MS = 500;
/** The first pause between two looks meanwhile; each further one is twice as long. */
export const LEASE_POLL_INTERVAL_MS = 50;
/**
 * As long as a lease, so that an outage outlasts itself by no more than a death does. Low also because wake-ups come
 * back for other reasons than failure, and the count of their returns is all that the back-off knows.
 */
export const RETRY_DELAY_MAX_SECONDS = 30;
/**
 * A lease lasts as long as its holder works, or is left alone for. Its end may seem as much further away as two clocks
 * differ that are both good enough to sign requests: to take a living holder's lease would cost more than to wait.
 */
export const LEASE_AHEAD_MAX_MS =
  Math.max(LEASE_DURATION_MS, RETRY_DELAY_MAX_SECONDS * SECOND_MS) + 31 * 60 * SECOND_MS;

// Requests as anybody may send them.
/** How deep values may lie within each other; those of AWS's requests lie ten deep. */
export const PARSED_DEPTH_MAX = 64;
/** Five hundred records with three members each are 3,500. A value may be one byte long, and takes a hundred of memory. */
export const PARSED_VALUES_MAX_COUNT = 50_000;
/** Of what AWS's models leave without a bound: texts that name things, and lists and maps of settings. */
export const UNBOUNDED_TEXT_MAX_LENGTH = 2048;
export const UNBOUNDED_LIST_MAX_COUNT = 1000;
/** How much of a text that was sent is repeated in the sentence that refuses it, and how long the sentence may be. */
export const ECHO_MAX_LENGTH = 1024;
export const SENTENCE_MAX_LENGTH = 16 * KIB;

/** How old the answer of a health check may be; an unhealthy one is to be over soon. */
export const HEALTH_MAX_AGE_MS = 10 * SECOND_MS;
export const ILLNESS_MAX_AGE_MS = 1 * SECOND_MS;

// The audit.
/** What callers named, as its lines repeat it; no ARN of a stream is as long. */
export const AUDIT_TEXT_MAX_LENGTH = 512;
/** How long one line stands for the calls of its kind on records that follow. */
export const AUDIT_REPEAT_AFTER_MS = 5 * 60_000;
/** Of those that a process remembers; then it begins anew. */
export const AUDIT_REMEMBERED_MAX_COUNT = 10_000;

// Authentication.
export const SIGNATURE_SKEW_MAX_MS = 15 * 60 * SECOND_MS;
/** A key that is revoked or replaced may be taken for this long. */
export const ACCESS_KEY_CACHE_MAX_AGE_MS = 10 * SECOND_MS;
export const ACCESS_KEY_CACHE_MAX_COUNT = 1000;
/** How old the noted last use of a key that is in use may be. */
export const ACCESS_KEY_USE_INTERVAL_MS = 60 * 60 * SECOND_MS;
/** What is derived from a secret is good for one day. */
export const SIGNING_KEY_CACHE_MAX_AGE_MS = 24 * 60 * 60 * SECOND_MS;
export const SIGNING_KEY_CACHE_MAX_COUNT = 1000;
/** In windows of so long the rate of a key is counted, by an account that all processes share. */
export const KEY_RATE_WINDOW_MS = 2 * SECOND_MS;
export const KEY_CALLS_MIN_PER_SECOND = 1;
export const KEY_CALLS_MAX_PER_SECOND = 1_000_000;
/** As low as a call of the largest size takes no more windows than the following in advance. */
export const KEY_BYTES_MIN_PER_SECOND = 64 * KIB;
export const KEY_BYTES_MAX_PER_SECOND = 1024 * MIB;
export const KEY_RATE_WINDOWS_AHEAD_MAX_COUNT = 64;
/** Keys that AWS identities are given: as long as STS's own sessions usually last. */
export const SESSION_MAX_MS = 60 * 60 * SECOND_MS;
export const SESSION_KEY_BYTES = 32;
/** Longer than any process remembers the keys of sessions, and than their clocks differ by. */
export const SESSION_KEY_SETTLES_MS = 60_000;
/** As long as the sessions live that were issued with it until then, and clocks differ by. */
export const SESSION_KEY_FORMER_MS = SESSION_KEY_SETTLES_MS + SESSION_MAX_MS + 60_000;
export const SESSION_TOKEN_MAX_LENGTH = 1024;
/** Strangers may ask for an exchange, and each asks STS: so often in each process, and so many at a time. */
export const IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT = 60;
export const IDENTITY_EXCHANGES_AT_ONCE_MAX_COUNT = 8;
export const IDENTITY_EXCHANGE_MAX_BYTES = 16 * KIB;
/** AWS bounds none; those of today have some hundreds to two thousand characters. */
export const IDENTITY_PROOF_SECURITY_TOKEN_MAX_LENGTH = 8192;
export const STS_ANSWER_MAX_BYTES = 16 * KIB;
export const STS_TIMEOUT_MS = 5 * SECOND_MS;
/** As IAM has it: one to use, and one to change over to. */
export const ACCESS_KEYS_PER_NAME_MAX_COUNT = 2;

export const BYTES_PER_MIB = MIB;

/** Of any policy: deeper than all that it may have in it. */
export const POLICY_DEPTH_MAX = 10;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html */
export const RESOURCE_POLICY_MAX_LENGTH = 20 * KIB;
/** What a stream's tags, consumers and policy may come to as text; the rest of an item of 400 KB is for reshards. */
export const STREAM_SETTINGS_MAX_BYTES = 150 * KIB;

/** What a function is sent at once. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const EVENT_PAYLOAD_MAX_BYTES = 6 * BYTES_PER_MIB;

/** How long a function may run. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_TIMEOUT_MAX_MS = 900 * SECOND_MS;
/** How much of what a function said of its failure is kept for its owner. */
export const FUNCTION_ERROR_MAX_LENGTH = 1000;

/** How deep a function's answer may be nested: far below what cannot be printed again. */
export const FUNCTION_ANSWER_MAX_DEPTH = 500;

/** Of a tumbling window. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export const WINDOW_STATE_MAX_BYTES = BYTES_PER_MIB;

/** What a function is given to do with one event. */
export const INVOCATION_TIMEOUT_MS = 900 * SECOND_MS;

/** How far a consumer's other partition keys may go ahead of one that is blocked, in records and their bytes. */
export const LOOKAHEAD_MAX_COUNT = 10_000;
export const LOOKAHEAD_MAX_BYTES = 16 * BYTES_PER_MIB;
/** What a consumer reads at once. */
export const CONSUMER_PAGE_MAX_BYTES = 4 * BYTES_PER_MIB;
/** A retry that is due so soon is waited for; later ones come back by a message. */
export const NEAR_RETRY_MAX_MS = 2 * SECOND_MS;
/** How long a consumer goes on by what it read of its mapping. */
export const MAPPING_MAX_AGE_MS = 5 * SECOND_MS;
/** Left for the outcome of an invocation when a consumer's run comes near its function's time limit. */
export const CONSUMER_TIME_RESERVE_MS = 30 * SECOND_MS;
/** A window's state above that is kept in the log bucket. */
export const INLINE_STATE_MAX_BYTES = 16 * KIB;
// Event source mappings: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
export const MAPPING_BATCH_MAX_COUNT = 10_000;
export const MAPPING_BATCH_DEFAULT_COUNT = 100;
export const MAPPING_BATCHING_WINDOW_MAX_SECONDS = 300;
export const MAPPING_PARALLELIZATION_MAX = 10;
export const MAPPING_RETRY_MAX_COUNT = 10_000;
export const MAPPING_RECORD_AGE_MIN_SECONDS = 60;
export const MAPPING_RECORD_AGE_MAX_SECONDS = 604_800;
export const MAPPING_TUMBLING_WINDOW_MAX_SECONDS = 900;
/** AWS has 5, and 10 for who asks. */
export const MAPPING_FILTERS_MAX_COUNT = 10;
export const MAPPING_FILTER_MAX_LENGTH = 4096;
/** Conditions that the alternatives of a pattern may multiply to. */
export const FILTER_CONDITIONS_MAX_COUNT = 10_000;
/** Of a record through its mapping's filters, each about ten nanoseconds; a record that takes more is let through. */
export const FILTER_STEPS_MAX_COUNT = 20_000_000;
/** Steps after which others have their turn. */
export const FILTER_STEPS_AT_ONCE = 500_000;
/** AWS says of no quota on them. Each reads every shard of its stream, and has a reader of its own in it. */
export const MAPPINGS_MAX_COUNT = 1000;
/** How long after a deletion was asked for the creation may come again and make nothing. Lambda repeats for 6 h. */
export const REMOVED_LIFETIME_MS = 24 * HOUR_MS;
export const LIST_MAPPINGS_MAX_COUNT = 100;
/** Shards of one answer about a mapping's progress. */
export const MAPPING_PROGRESS_MAX_COUNT = 1000;
export const MAPPING_PROGRESS_DEFAULT_COUNT = 100;

// What CloudFormation declares: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
/** An answer may have 4,096 bytes; this leaves room for its ids, whatever the letters. */
export const DECLARED_REASON_MAX_LENGTH = 600;
/** How long it is waited for what a declaration has begun; then it goes on by itself. */
export const DECLARED_SETTLE_MAX_MS = 60 * SECOND_MS;
export const DECLARED_POLL_INTERVAL_MS = 250;
export const DECLARED_ANSWER_TIMEOUT_MS = 10 * SECOND_MS;

// Record format conversion: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ParquetSerDe.html
export const PARQUET_BLOCK_MIN_BYTES = 64 * BYTES_PER_MIB;
export const PARQUET_BLOCK_DEFAULT_BYTES = 256 * BYTES_PER_MIB;
export const PARQUET_PAGE_MIN_BYTES = 64 * KIB;
export const PARQUET_PAGE_DEFAULT_BYTES = BYTES_PER_MIB;
/** Of rows on their way into a file, before a row group takes them up: what each open file may hold in memory. */
export const PARQUET_BATCH_ROWS_MAX_COUNT = 1024;
export const PARQUET_BATCH_VALUES_MAX_BYTES = 256 * KIB;
/** How long the latest version of a table is taken for that, by each process. */
export const TABLE_CACHE_MAX_AGE_MS = 60 * SECOND_MS;
export const TABLES_CACHED_MAX_COUNT = 1000;
/** Of a column's type as Glue keeps it. https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html */
export const COLUMN_TYPE_MAX_LENGTH = 131_072;
export const COLUMN_NAME_MAX_LENGTH = 255;
/** How deep a column's type may be nested; the column format's own reader ends soon after. */
export const COLUMN_TYPE_MAX_DEPTH = 24;
/** How deep a JSON document may be nested: Jackson's bound. */
export const JSON_MAX_DEPTH = 1000;
/** Digits of a Hive decimal. */
export const DECIMAL_MAX_DIGITS = 38;
export const CHAR_MAX_LENGTH = 255;
export const VARCHAR_MAX_LENGTH = 65_535;
/** Characters of a number in a JSON document: Jackson's bound. */
export const JSON_NUMBER_MAX_LENGTH = 1000;

// Error events: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
export const LOG_EVENTS_MAX_COUNT = 10_000;
/** Of the events' text and what each counts beside. */
export const LOG_EVENTS_MAX_BYTES = 1_048_576;
export const LOG_EVENT_OVERHEAD_BYTES = 26;
export const LOG_EVENT_MAX_BYTES = 256 * KIB;
export const LOG_NAME_MAX_LENGTH = 512;
/** How long a run of a reader waits at its end for what it has to tell of errors. */
export const ERROR_LOG_PATIENCE_MS = 2 * SECOND_MS;
/** After that time a run tells again of the same error. */
export const ERROR_TOLD_AGAIN_AFTER_MS = 60 * SECOND_MS;
/** How many errors that differ one run tells of. */
export const ERRORS_TOLD_MAX_COUNT = 100;
/** How long a process leaves a log alone that did not take an event, and how many of them it remembers. */
export const ERROR_LOG_LEFT_ALONE_MS = 60 * SECOND_MS;
export const ERROR_LOGS_LEFT_ALONE_MAX_COUNT = 1000;

// Replays and redrives: ours alone.
/** Of one delivery stream. */
export const REPLAYS_RUNNING_MAX_COUNT = 5;
/** Lanes or shards that one replay reads side by side: each takes one of the deliver function's executions. */
export const REPLAY_READERS_MAX_COUNT = 8;
/** How long a replay has an execution before it makes room for whoever waits. */
export const REPLAY_TURN_MS = 60 * SECOND_MS;
/** Longer than any record lives: what a replay holds of a partition is due when it is full. */
export const REPLAYED_PARTITIONS_WAIT_SECONDS = 10 * 365 * 86_400;
/** How long a destination may refuse a replay, by an answer, before that has failed. */
export const REPLAY_REFUSED_MAX_MS = 15 * 60 * SECOND_MS;
/** How often one sweep tries to settle a replay while the store is too busy for it. */
export const SETTLE_REPLAY_MAX_TRIES = 5;
/** How long it is known what a replay was, from its begin or its end on. */
export const REPLAY_LIFETIME_MS = 90 * 24 * HOUR_MS;
/** Replays of one answer. */
export const REPLAYS_LISTED_MAX_COUNT = 100;
/** Of one delivery stream. */
export const REDRIVES_RUNNING_MAX_COUNT = 5;
/** Objects that a redrive lists at once: as many as S3 answers. */
export const REDRIVE_PAGE_COUNT = 1000;
/** What an object of failed records may come to uncompressed: a buffer's 128 MiB in base64, and room. */
export const REDRIVE_OBJECT_MAX_BYTES = 256 * MIB;
/** Keys that one redrive can be given. */
export const REDRIVE_KEYS_MAX_COUNT = 100;

/** Of one metric in one line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export const METRIC_SAMPLES_MAX_COUNT = 100;

// The bridge for AWS's own producers.
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html */
export const PARTITION_KEY_MAX_LENGTH = 256;
/** What a batch of CloudWatch Logs is unpacked to for the name of its log stream, at most: many times what it sends. */
export const LOG_BATCH_MAX_BYTES = 32 * MIB;
/** Groups and messages that are put side by side: together they share blocks of a delivery stream. */
export const BRIDGE_SEQUENCES_AT_ONCE_MAX_COUNT = 64;
/** Between two puts of what was refused, doubling. */
export const BRIDGE_PAUSE_MIN_MS = 100;
export const BRIDGE_PAUSE_MAX_MS = 10 * SECOND_MS;
/** Before the end of the function: no put is begun in it, for one may take as long as a call may. */
export const BRIDGE_TIME_RESERVE_MS = CALL_MAX_MS + 5 * SECOND_MS;
/** In the deployment's delivery bucket; `resources/roles.yml` has it as well. */
export const BRIDGE_ASIDE_PREFIX = "bridge-failed";

// Iceberg tables.
/** Of one block of a manifest list, unpacked: a table of some ten thousand manifests. */
export const AVRO_BLOCK_MAX_BYTES = 64 * BYTES_PER_MIB;
/** Of what a catalog answers: the metadata of a table, with all its snapshots. */
export const ICEBERG_ANSWER_MAX_BYTES = 64 * BYTES_PER_MIB;
export const ICEBERG_REQUEST_TIMEOUT_MS = 30 * SECOND_MS;
/** How long a token is good whose answer does not say so, and how long before its end it is not used any more. */
export const ICEBERG_TOKEN_DEFAULT_SECONDS = 3600;
export const ICEBERG_TOKEN_SLACK_SECONDS = 60;
/** So much JSON comes into a file before the next one begins: Parquet makes about a tenth to a third of it. */
export const ICEBERG_FILE_MAX_BYTES = 128 * BYTES_PER_MIB;
/** Each has buffers of its own; beyond them the largest is closed. */
export const ICEBERG_OPEN_FILES_MAX_COUNT = 100;
export const ICEBERG_UPLOADS_MAX_COUNT = 8;
/** How often a commit is tried on what others have made of the table meanwhile, in one run. */
export const ICEBERG_COMMITS_MAX_COUNT = 25;
/** Between two such tries, at most; a random part of it. */
export const ICEBERG_COMMIT_PAUSE_MAX_MS = 2 * SECOND_MS;
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_RetryOptions.html */
export const ICEBERG_RETRY_DEFAULT_SECONDS = 300;
/** Of a bit for each record of a flush: sixteen million records. */
export const RECORD_SET_MAX_BYTES = 2 * BYTES_PER_MIB;

/** AWS names no bound for them. */
export const ICEBERG_TABLES_MAX_COUNT = 1000;
export const ICEBERG_UNIQUE_KEYS_MAX_COUNT = 100;

// OpenSearch: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
export const OPENSEARCH_BUFFER_SIZE_MAX_MIB = 100;
export const OPENSEARCH_RETRY_DEFAULT_SECONDS = 300;
/** Small instances take 10 MB in a request; what is indexed at once counts against a node's memory, so half of it. */
export const BULK_MAX_BYTES = 5 * BYTES_PER_MIB;
export const BULK_MAX_COUNT = 5000;
export const BULK_TIMEOUT_MS = 60 * SECOND_MS;
/** Some hundred bytes a document, a few thousand where each is refused with its reasons. */
export const BULK_ANSWER_MAX_BYTES = 32 * BYTES_PER_MIB;
/** Of what a cluster says of a document it refuses. */
export const DOCUMENT_REASON_MAX_LENGTH = 2000;
/** For so long the endpoint of a domain is remembered. */
export const DOMAIN_ENDPOINT_MAX_AGE_MS = 600 * SECOND_MS;
export const DOMAIN_ENDPOINTS_KEPT_MAX_COUNT = 1000;
export const DOMAIN_TIMEOUT_MS = 10 * SECOND_MS;
export const DOMAIN_ANSWER_MAX_BYTES = BYTES_PER_MIB;

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_RedshiftRetryOptions.html */
export const REDSHIFT_RETRY_DEFAULT_SECONDS = 3600;
/** Between two COPYs of a flush, as with AWS. */
export const REDSHIFT_RETRY_EVERY_MS = 300 * SECOND_MS;
/** Where the Data API did not answer, or has too much to do. */
export const REDSHIFT_BUSY_RETRY_MS = 30 * SECOND_MS;
/** For so long a run waits for a statement, and then comes back so much later. */
export const REDSHIFT_POLLED_AT_ONCE_MS = 4 * SECOND_MS;
export const REDSHIFT_POLL_MS = 10 * SECOND_MS;

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SnowflakeRetryOptions.html */
export const SNOWFLAKE_RETRY_DEFAULT_SECONDS = 60;
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SnowflakeBufferingHints.html */
export const SNOWFLAKE_BUFFER_DEFAULT_MIB = 128;
export const SNOWFLAKE_BUFFER_DEFAULT_SECONDS = 0;
/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
export const SNOWFLAKE_TRANSFORM_BUFFER_BYTES = BYTES_PER_MIB / 4;
/** A request holds 16 MB at most. */
export const SNOWFLAKE_BATCH_MAX_BYTES = 8 * BYTES_PER_MIB;
/** Where a row is left out, all of its batch are told to have failed. */
export const SNOWFLAKE_BATCH_MAX_COUNT = 10_000;
export const SNOWFLAKE_TIMEOUT_MS = 60 * SECOND_MS;
export const SNOWFLAKE_ANSWER_MAX_BYTES = BYTES_PER_MIB;
/** Tokens hold for an hour. */
export const SNOWFLAKE_JWT_SECONDS = 3540;
export const SNOWFLAKE_TOKEN_MAX_AGE_MS = 1800 * SECOND_MS;
/** Between two looks at what a channel has committed, which takes some seconds. */
export const SNOWFLAKE_POLL_MS = SECOND_MS;
export const SNOWFLAKE_COMMIT_WAIT_MS = 60 * SECOND_MS;
