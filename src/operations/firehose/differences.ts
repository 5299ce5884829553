/** Where Data Firehose as Hydrant offers it does not do what AWS does; printed into the documentation. */
import type { Difference } from "../../wire/operation.ts";

export const firehoseDifferences: readonly Difference[] = [
  {
    about: "Stream status",
    aws: "A new stream is CREATING for some time, a deleted one DELETING; both for seconds to minutes.",
    hydrant:
      "A stream is ACTIVE when CreateDeliveryStream returns and gone when DeleteDeliveryStream returns. Only one whose Kinesis source has thousands of shards, more than a call goes through in five seconds, or that was cut short on its way, shows as CREATING or DELETING, until DescribeDeliveryStream or the sweep has finished it.",
  },
  {
    about: "Roles",
    aws: "Firehose assumes RoleARN to write to the bucket and probes it when the stream is created.",
    hydrant:
      "A role is assumed, with the account as the external id, where the deployment lists it (`assumableRoles`): for its bucket, its function and its table. Any other is only shown, and the deliver function's own role acts, for the buckets and functions that the deployment lists; DescribeDelivery says which. Nothing is probed at creation: what S3, Lambda or KMS refuses shows at the first delivery. Offline no role is assumed.",
  },
  {
    about: "What a stream may name",
    aws: "Any bucket, function, key, log group and table; whether RoleARN may use it shows at the first delivery.",
    hydrant:
      "What the deployment lists (`destinationBuckets`, `transformFunctions`, `objectKeys`, `streamKeys`, `errorLogGroups`, `conversionTables`, `icebergTables`, `s3TableBuckets`, `icebergCatalogs`), or what is used under a role that it lists, and never what is Hydrant's own. All else is an InvalidArgumentException that names the parameter, at once. A key with a policy needs `hydrant:UseTarget` on each of them, RoleARN included, as AWS asks for `iam:PassRole`. Offline everything but Hydrant's own may be named, unless a variable narrows it.",
  },
  {
    about: "Prefixes that lead out of the bucket",
    aws: "They are taken; S3 refuses the objects.",
    hydrant: "A prefix that goes up by `../` more often than down is refused when it is named.",
  },
  {
    about: "Stream quota",
    aws: "5,000 streams in the largest regions, fewer in others, more on request; one more is a LimitExceededException.",
    hydrant:
      "5,000, or what the parameter deliveryStreams says; the exception names the first ten. Two creations at once may both take the last place.",
  },
  {
    about: "Calls that manage streams",
    aws: "Five a second of each operation, in an account and region.",
    hydrant:
      "As many as come, unless the deployment asks for AWS's limits (the parameter awsLimits, `strict`).",
  },
  {
    about: "Throughput",
    aws: "A Direct PUT stream has quotas of records, requests and bytes per second, which are raised while it is throttled.",
    hydrant:
      "There are none, unless the deployment asks for AWS's limits (the parameter awsLimits, `strict`); then they are those of the region, and are not raised. A stream has a lane, and gets more, up to 64, within seconds of a load that one does not bear; it is throttled (`Slow down.`) in the meantime or when its table is, and a batch is throttled as a whole.",
  },
  {
    about: "Buffers of a busy Direct PUT stream",
    aws: "Records are shared out to partitions of Firehose's own; the hints hold for each, and there is no order among objects.",
    hydrant:
      "So here with lanes: each buffers under the same hints, and an object holds records of one lane, in their order. The records of a call stay together. A reader that is behind for longer takes up to 64 MiB into one object, as Firehose raises its buffer.",
  },
  {
    about: "Partly failed batches",
    aws: "Some records of a PutRecordBatch may be stored and others not.",
    hydrant: "The records of one call are stored together or not at all.",
  },
  {
    about: "Lambda buffering",
    aws: "Records wait for BufferIntervalInSeconds of the Lambda processor before it is invoked, then for the destination's hints.",
    hydrant:
      "BufferSizeInMBs bounds a batch; the processor's interval is kept and shown, and not waited for.",
  },
  {
    about: "Source backup that is disabled",
    aws: "S3BackupConfiguration is kept although S3BackupMode is Disabled.",
    hydrant: "It is checked and then forgotten.",
  },
  {
    about: "Prefixes outside ASCII",
    aws: "An evaluated prefix may have 512 characters, whatever they are.",
    hydrant:
      "And at most 760 bytes in UTF-8: S3 would refuse the keys of longer ones, and the records would wait until they expire.",
  },
  {
    about: "Names of time zones",
    aws: "`z` and `v` in `!{timestamp:…}` print what Java calls a zone: JST, Central European Summer Time.",
    hydrant:
      "What the runtime's data about American English calls it, which may be another name; where it has no abbreviation, the offset: GMT+9. `VV` prints the zone's id on both.",
  },
  {
    about: "Pads of dates that are too narrow",
    aws: "Java cannot print `pH` at ten o'clock: the pad has one place. What Firehose does then is not documented.",
    hydrant: "The hour is printed as it is.",
  },
  {
    about: "Names of objects",
    aws: "End in a random UUID.",
    hydrant:
      "End in one whose first twelve digits rise, so that objects of one second sort in the order of the log, shard by shard.",
  },
  {
    about: "Time zones",
    aws: "CustomTimeZone is one of a fixed list of IANA names.",
    hydrant: "Any IANA name that the runtime knows.",
  },
  {
    about: "Sources",
    aws: "Direct PUT, Kinesis streams, MSK and databases.",
    hydrant: "Direct PUT and Kinesis streams, so far.",
  },
  {
    about: "Buffers of a Kinesis source",
    aws: "Firehose buffers the records of all shards together.",
    hydrant:
      "Each shard has its own buffer under the same hints, so an object holds the records of one shard, in their order. When a shard is closed what it holds is delivered at once, and only then its children's.",
  },
  {
    about: "Rights on a Kinesis source",
    aws: "The source's RoleARN must be allowed to read the stream.",
    hydrant:
      "RoleARN is kept and shown; whoever creates the delivery stream, or has its records sent elsewhere or once more, must be allowed kinesis:GetRecords on the data stream.",
  },
  {
    about: "A Kinesis source that is deleted",
    aws: "The delivery stream stays and finds nothing to read.",
    hydrant:
      "So here, also when the data stream is created anew under its name: that is another one. What was not delivered when it was deleted is gone with it.",
  },
  {
    about: "Reading a Kinesis source",
    aws: "Firehose calls GetRecords once a second per shard, within the shard's limits for all who read it.",
    hydrant: "The log is read when a buffer is due; it counts against no limit of the shard.",
  },
  {
    about: "Destinations",
    aws: "S3, Redshift, OpenSearch, Splunk, HTTP endpoints, Snowflake and Iceberg, also within a VPC.",
    hydrant: "All of these, and none within a VPC.",
  },
  {
    about: "Iceberg tables: catalogs",
    aws: "Glue's, and those of S3 Tables through Glue.",
    hydrant:
      "Glue's; those of S3 Tables at their own endpoint; and any REST catalog that the deployment lists, which is named `arn:aws:glue:REGION:ACCOUNT:catalog/rest/NAME`. Offline there are REST catalogs alone. Nothing is probed at creation.",
  },
  {
    about: "Iceberg tables: order and repetition",
    aws: "Records are not kept in order.",
    hydrant:
      "Each is in its table once, by one commit a table and flush. Of several operations on a key in a flush the last counts, and a data stream as the source keeps a key's order from flush to flush.",
  },
  {
    about: "Iceberg tables: what does not fit",
    aws: "A record whose names or types do not match fails; members that are no columns are skipped.",
    hydrant:
      "So here; names are also found in another case, columns that may be null may be missing, and times, dates and UUIDs may be texts, too. A record with none of the columns fails.",
  },
  {
    about: "Iceberg tables: previews, warehouse and prefixes",
    aws: "SchemaEvolutionConfiguration, TableCreationConfiguration, WarehouseLocation, PartitionSpec and a table's S3ErrorOutputPrefix.",
    hydrant: "Refused by name.",
  },
  {
    about: "HTTP endpoints: a request that is too large",
    aws: "Its records are dropped after a 413, without a copy in the bucket.",
    hydrant: "They go to the bucket like all others that failed.",
  },
  {
    about: "HTTP endpoints: answers",
    aws: "Must have a Content-Length. What a wrong answer counts as is not documented in all cases.",
    hydrant:
      "May come in chunks. Which error an answer counts as is said in docs/destinations/http-endpoint.md. Retry-After is kept to, up to two minutes.",
  },
  {
    about: "HTTP endpoints: URLs",
    aws: "Begin with https://, and go to port 443 alone.",
    hydrant:
      "May name other ports, and on a laptop http:// to this machine; under the parameter awsLimits, `strict`, port 443 of https:// alone. The deployment lists those that may be named. One of another scheme is refused in a sentence of our own.",
  },
  {
    about: "HTTP endpoints: requests",
    aws: "Up to 64 MiB each, as the hints say.",
    hydrant: "Up to 16 MiB of data each; a larger buffer is several requests.",
  },
  {
    about: "HTTP endpoints: lenient receivers",
    aws: "Any answer but a 200 of its form is a failure.",
    hydrant:
      "So here, unless the common attribute `hydrant:lenient` is `true`: then any 2xx is a success. It is not sent, and is refused under the parameter awsLimits, `strict`.",
  },
  {
    about: "HTTP endpoints: updates",
    aws: "What becomes of an access key that an update of EndpointConfiguration leaves out is not documented.",
    hydrant:
      "It is gone: members are replaced as a whole, so that no key goes to another URL. S3BackupMode does not go back to FailedDataOnly.",
  },
  {
    about: "HTTP endpoints: the error log",
    aws: "Is told what the endpoint answered, cut short.",
    hydrant:
      "Is told its status, for the answer may quote the records. The lines of failed records in the bucket have the first 1,024 characters.",
  },
  {
    about: "OpenSearch and Elasticsearch",
    aws: "Domains and collections, also within a VPC; documents are written at least once, and the version of a domain is looked at for TypeName when it is named.",
    hydrant:
      "VpcConfiguration is refused by name: endpoints must be public. With FIREHOSE_DEFAULT each record is one document exactly, whose id follows from the record, for retries, replays and redrives alike; lines of failed records hold `recordMetadata` for that. TypeName is sent as it is given. ClusterEndpoint may be any cluster's that the deployment lists, entered with the user and password of a secret (`?hydrant-secret=ARN` behind it), and CollectionEndpoint may ask for ids (`?hydrant-document-ids=FIREHOSE_DEFAULT`); offline it may be plain http to this machine. Codes of errors are AWS's as far as they are known, and of a document the cluster's status: docs/destinations/opensearch.md.",
  },
  {
    about: "Splunk: what is not tried again",
    aws: "Every failure is, within the retry duration; what becomes of batches under a token without acknowledgements is not documented.",
    hydrant:
      "Data that Splunk cannot read, and batches that it took without an acknowledgement to wait for, go to the bucket at once: sent again, events would be indexed again. docs/destinations/splunk.md has all answers.",
  },
  {
    about: "Snowflake",
    aws: "Rows come by Snowpipe Streaming; what a repeat does is not documented.",
    hydrant:
      "By Snowpipe Streaming's REST interface, into the table's own pipe, each record once: offset tokens follow from its place in the log. Where Snowflake leaves rows of a batch out, all of it go to snowflake-failed, for it does not say which. SnowflakeVpcConfiguration is refused by name; offline AccountUrl may be plain http to this machine. Built after Snowflake's documentation, and not yet run against it: docs/destinations/snowflake.md.",
  },
  {
    about: "Metrics",
    aws: "In the namespace AWS/Firehose, free of charge. A stream that cannot deliver has no freshness.",
    hydrant:
      "In `Hydrant/Firehose`, under the same names and dimensions; docs/metrics.md lists them and what is not measured. A flush that fails tells how old its oldest record is.",
  },
  {
    about: "Error logging",
    aws: "Firehose writes errors to the log group and stream under the destination's role, and samples them where they are many.",
    hydrant:
      "The deliver function writes them, to the groups that the deployment lists; on a laptop any group and stream will do, and the events stand in a file of the data folder. The same error is told once a minute. What a record that failed holds is never told, where AWS's sentence may quote it. A group or stream that is missing is told of in the function's own log.",
  },
  {
    about: "Small buffers",
    aws: "SizeInMBs is 1 at least, with dynamic partitioning or a format conversion 64; IntervalInSeconds is 60 at least with dynamic partitioning.",
    hydrant:
      "Less is taken, also fractions of a MiB from 1/16 on (64 KiB), which boto3 and the CLI cannot send, and 0 seconds; unless the deployment asks for AWS's own limits (the parameter awsLimits, `strict`).",
  },
  {
    about: "Dynamic partitioning: active partitions",
    aws: "500 per stream, more on request.",
    hydrant:
      "500 per lane, or shard of a Kinesis source. A partition is active while records of it wait; one that is due makes room for another. Beyond 96 MiB of packed records that wait in a lane the largest partitions are written before they are full. Records beyond go to activePartitionExceeded under the code DynamicPartitioning.ActivePartitionsLimitExceeded, in a sentence of our own.",
  },
  {
    about: "Dynamic partitioning: retry duration",
    aws: "RetryOptions bounds how long it is tried to deliver to a prefix; what comes after is not documented.",
    hydrant:
      "Kept and shown, without effect: what S3 refuses is tried for as long as its records live, as in streams without partitions.",
  },
  {
    about: "Dynamic partitioning: queries",
    aws: "What is said to a query that is no jq is not documented.",
    hydrant:
      "jq's own words. A query must give one object; values are text, numbers, true or false, and must not be empty. One that runs for more than 1.5 s of CPU time or takes more than 256 MiB fails its record alone, like one that raises an error, in the folder metadata-extraction-failed. `now` is when the flush was planned.",
  },
  {
    about: "Dynamic partitioning: values of keys",
    aws: "What becomes of values that no object's key can hold is not documented.",
    hydrant:
      "Control characters, a prefix of more than 512 characters or 760 bytes, and ../ that leads out of the bucket fail the record in metadata-extraction-failed.",
  },
  {
    about: "Dynamic partitioning: changes",
    aws: "Can be enabled for new streams alone, and not be disabled; its sentences are not documented.",
    hydrant: "So here, in sentences of our own. Prefix, query and processors may change.",
  },
  {
    about: "Record metadata in objects",
    aws: "An object holds what producers put or a function made of it; when a record came, and under which id, is not in it.",
    hydrant:
      "A MetadataExtraction processor whose JsonParsingEngine is RecordMetadata, with partitions or without, adds arrival, id, partition key, sequence number and shard to records of JSON objects, or wraps any record with them: docs/record-metadata.md. Under the parameter awsLimits, `strict`, it is refused as AWS refuses it.",
  },
  {
    about: "Decompression and CloudWatchLogProcessing",
    aws: "Take records that CloudWatch Logs itself puts; from others PutRecord refuses them with InvalidSourceException.",
    hydrant:
      "Take records of any producer. One that is no GZIP, that holds more than 16 MiB or that is no envelope of CloudWatch Logs fails alone, under codes of our own (`Decompression.Failed` in the folder decompression-failed, `CloudWatchLogProcessing.InvalidRecord` in processing-failed). The messages of an envelope become one record, a newline between two.",
  },
  {
    about: "Format conversion: formats",
    aws: "Parquet and ORC.",
    hydrant:
      "Parquet. OrcSerDe is refused by name where the conversion is enabled: nothing that runs on Node writes ORC. A Parquet object has no Content-Encoding, where AWS was seen to say hadoop-snappy.",
  },
  {
    about: "Format conversion: values in the file",
    aws: "Timestamps are INT96; decimals are bytes of a fixed length; MaxPaddingBytes pads row groups.",
    hydrant:
      "Timestamps are INT64, microseconds in UTC, and digits behind the sixth are cut; one beyond what a file holds fails its record, where AWS was seen to wrap it. Decimals of up to 18 digits are INT32 or INT64. MaxPaddingBytes is taken without effect: S3 has no blocks.",
  },
  {
    about: "Format conversion: sentences",
    aws: "Failures tell what Jackson and the SerDes said, Java's class names among it.",
    hydrant:
      "AWS's codes, and its sentences where they are known. The details after malformed JSON follow Jackson's, ending in `at [line: n, column: m]`; that of a top-level array, or of an array in a map column, is in words of our own. The code InvalidSchema also stands for uniontype and unknown types, NonExistentColumns for a table without columns, and EntityNotFound, AccessDenied and InvalidInput for what Glue refuses; their names at AWS are not verified. A SchemaConfiguration without role, database or table is refused in our words.",
  },
  {
    about: "Format conversion: the table of a failed record",
    aws: "The developer guide ends `dataCatalogTable` with catalogArn.",
    hydrant: "With roleArn, as AWS was seen to do.",
  },
  {
    about: "Format conversion: JSON",
    aws: "Records are read strictly; a top-level array is invalid.",
    hydrant:
      "So here: no single quotes, comments, NaN, leading zeros or raw control characters, whatever the OpenX SerDe by itself would take. With the Hive SerDe a nested value in a text column is refused, too. Documents nest 1,000 levels at most, column types 24.",
  },
  {
    about: "Format conversion: numbers and years",
    aws: "What becomes of an integer out of its column's range is not documented; years of two digits depend on the day.",
    hydrant:
      "An integer wraps with OpenX (300 in a tinyint is 44), as its SerDe does. Years of two digits mean 1970 to 2069, so that a record gives the same row in any year.",
  },
  {
    about: "Format conversion: the table",
    aws: "Firehose assumes the RoleARN of the schema configuration, and reads LATEST continuously.",
    hydrant:
      "Read under the role as above, and gone by for up to a minute as it was. A table that is not there or may not be read fails the records that come meanwhile; a Glue that is throttled or out of reach is waited for. What was settled before a table changed stays.",
  },
  {
    about: "Format conversion with AppendDelimiterToRecord",
    aws: "What it does there is not documented.",
    hydrant: "Nothing: rows need no delimiters.",
  },
  {
    about: "Encryption: AWS_OWNED_CMK",
    aws: "A key that AWS owns and pays for.",
    hydrant:
      "The key of KMS that the deployment names (docs/operating.md); offline a key in the data folder. A deployment without one answers ENABLING_FAILED.",
  },
  {
    about: "Encryption: customers' keys",
    aws: "The caller needs rights on the key, from which Firehose makes a grant.",
    hydrant:
      "The deployment names the keys that streams may have, and its functions use them under their own roles; there are no grants. Offline any ARN of the region names a key, which follows from the one in the data folder.",
  },
  {
    about: "Encryption: when it counts",
    aws: "Up to five seconds after ENABLED or DISABLED.",
    hydrant:
      "ENABLING and DISABLING last a minute, after which no record is put otherwise. A stream that is created with it is ENABLED at once. A data key is used for up to five minutes, and so is a key that was disabled meanwhile.",
  },
  {
    about: "Encryption: a stop that fails",
    aws: "DISABLING_FAILED where the grant on the key cannot be retired.",
    hydrant:
      "DISABLING_FAILED where the stream's key cannot be used at the time of the call, for what waits under it could not be delivered. The stream stays encrypted as it was. A start with another key and a stop of that one end it all the same.",
  },
  {
    about: "Sentences about encryption",
    aws: "What is said to a 26th start or stop within a day, and of a key that cannot be used for other reasons than a missing right, is not documented.",
    hydrant:
      "A sentence of our own to the former, and KMS's own to the latter, under AWS's exceptions.",
  },
  {
    about: "Objects encrypted with a key of KMS",
    aws: "A key of another region than the bucket's is refused at creation.",
    hydrant:
      "The key goes with each object as it is named, and a key that S3 does not take holds the delivery up, as one without the right does.",
  },
  {
    about: "Size of a destination's settings",
    aws: "Each member has its bounds, and maps and lists of columns have none.",
    hydrant: "64 KiB in all, as JSON; more is an InvalidArgumentException.",
  },
  {
    about: "Updates of a destination",
    aws: "Take effect within minutes; what is in a buffer may still be delivered as before.",
    hydrant:
      "Take effect with the next object that is begun. An object that may stand is ended under the settings it was begun with. What S3 refused from the first (no such bucket, no right), and what a function or another stage is not done with, is delivered under the new ones, so that a wrong bucket or function is mended by an update.",
  },
  {
    about: "A source backup that an update enables",
    aws: "For every source.",
    hydrant:
      "For every source, from the records on that are put then; of a Kinesis source with thousands of shards, shard by shard, within a minute or so.",
  },
  {
    about: "Sentences about tags and updates",
    aws: "What is said to a 51st tag, to a key that is given twice, to a backup that is to be disabled or to a stream that is not ACTIVE is not documented.",
    hydrant: "Sentences of our own under AWS's exceptions.",
  },
  {
    about: "Redshift: how it is entered",
    aws: "By JDBC with Username and Password or a secret; the cluster is reachable from the internet.",
    hydrant:
      "By the Data API, which takes a secret, a user of a cluster with a password of the moment, or the role itself: Password is taken, not used, not kept and not needed again; Username of a serverless workgroup is refused. COPY reads the bucket as RoleARN, which has to be attached to the cluster or workgroup.",
  },
  {
    about: "Redshift: records copied twice",
    aws: "At least once.",
    hydrant:
      "Once: each COPY notes its flush in the same transaction, in a table hydrant_positions_<stream> that is made if it is missing.",
  },
  {
    about: "Redshift: CopyCommand and ClusterJDBCURL",
    aws: "The parts become the statement as they are; the URL is connected to.",
    hydrant:
      "A part that would end the COPY (a semicolon but at the end, a comment, half a quotation) is refused, as is a URL that is not a cluster's or a workgroup's own endpoint. MANIFEST, and GZIP with a bucket of that, are added unless CopyOptions says so.",
  },
];
