/** Where Kinesis Data Streams as Hydrant offers it does not do what AWS does; printed into the documentation. */
import type { Difference } from "../../wire/operation.ts";

export const kinesisDifferences: readonly Difference[] = [
  {
    about: "Stream status",
    aws: "Creating, changing and deleting a stream take seconds to minutes.",
    hydrant:
      "All is done when the call returns, so that CREATING and UPDATING are not seen unless they are asked for (the parameter streamTransitionMs; on a laptop HYDRANT_STREAM_TRANSITION_MS). A call goes on with thousands of shards for five seconds; the stream then shows as CREATING or DELETING until the calls that meet it, or the sweep, have done the rest.",
  },
  {
    about: "Raising retention",
    aws: "Whatever has not expired yet lives longer, within minutes.",
    hydrant:
      "The same, as far as the log can be gone through within 36 hours, from the newest record back: five seconds at once, the rest by the sweep, once a minute. What was being written while the call ran may go 36 hours after its old time.",
  },
  {
    about: "Quotas of the account",
    aws: "Shards, on-demand streams, streams in CREATING and calls per second are limited.",
    hydrant:
      "20,000 open shards, or what the parameter shards says; those of on-demand streams count as well, and what these grow by is never refused. Reshards at once may each take the last place. A stream may have 10,000 shards. On-demand streams, streams in CREATING and calls per second are not counted.",
  },
  {
    about: "Encryption",
    aws: "StartStreamEncryption encrypts new records with a key of KMS.",
    hydrant:
      "Records are always encrypted at rest, with the keys of the table and the bucket. The key is kept and shown, and never used: KMS errors do not occur, and revoking the key hides nothing.",
  },
  {
    about: "Enhanced monitoring",
    aws: "Switches metrics per shard on.",
    hydrant:
      "So here, in the namespace `Hydrant/Kinesis`, where each has CloudWatch's price of a custom metric.",
  },
  {
    about: "Resource policies",
    aws: "Grant other accounts and principals access to a stream or a consumer.",
    hydrant:
      "They grant and deny within the deployment's account: to keys by their names, to roles and their sessions. What is not understood is an InvalidArgumentException (docs/access.md has the language; AWS's sentences are not known). They hold within five seconds. All policies, tags and consumers of a stream come to at most 150 KiB.",
  },
  {
    about: "Tags",
    aws: "Streams, consumers and channels have tags, which policies may name.",
    hydrant: "Streams and consumers have, and policies may name them. A colon is allowed, too.",
  },
  {
    about: "Other accounts and regions",
    aws: "StreamARN may name a stream of another account, if its policy allows that.",
    hydrant: "Only streams of this deployment are found.",
  },
  {
    about: "Changing the mode to the present one",
    aws: "Not documented.",
    hydrant: "Succeeds and changes nothing.",
  },
  {
    about: "Resharding",
    aws: "SplitShard, MergeShards and UpdateShardCount return at once, and the shards change within seconds to minutes.",
    hydrant:
      "The shards have changed when the call returns. Of a large UpdateShardCount a call does five seconds' worth; the stream stays UPDATING, and the next calls that meet it go on, or the sweep.",
  },
  {
    about: "UpdateShardCount",
    aws: "Any target between half and double the open shards; the splits and merges are not documented.",
    hydrant:
      "A target whose equal ranges share too few bounds with the present ones (hundreds of shards, no simple ratio) is a LimitExceededException. The present count as target succeeds, changes nothing and is not counted.",
  },
  {
    about: "On-demand scaling",
    aws: "Capacity follows the peak of the last 30 days, up and down.",
    hydrant:
      "A shard that a put finds at its limit is split in the middle, if it is a minute old and the stream has fewer than 200 open shards. Shards are not merged again; those without traffic cost nothing.",
  },
  {
    about: "Enhanced fan-out",
    aws: "SubscribeToShard is called at the endpoint of every other call, as often as there are consumers and shards.",
    hydrant:
      "At the endpoint of every other call, too, as many at a time as the deployment says (the parameter subscriptions, 50); one more is a LimitExceededException. The subscribe function's URL has no such bound, and serves every other call as well; count on HTTP/1.1 there. Where answers cannot be streamed (the parameter responses, `BUFFERED`) it is an UnsupportedOperationException.",
  },
  {
    about: "Subscriptions",
    aws: "One call per second, consumer and shard; 2 MB per second; records within about 70 ms. A client that goes frees its place.",
    hydrant:
      "One call per second, consumer and shard: the second one within a second of another, refused or not, is a LimitExceededException. What is pushed is not limited to 2 MB per second; records within about 200 ms. A subscription that has sent 150 MiB ends early, and its client resumes. Deployed, a function may learn late that its client went: the place is taken over after 5 seconds, and paid for until then or to the end of its 300.",
  },
  {
    about: "A subscription that was taken over",
    aws: "It ends.",
    hydrant:
      "It ends within about two seconds, with a ResourceInUseException; until then both get the records.",
  },
  {
    about: "Deregistered consumers",
    aws: "A deregistered consumer is DELETING for a while.",
    hydrant:
      "It is gone at once, and its name may be taken again; within the same second it gets the same ARN. Its subscriptions end within seconds.",
  },
  {
    about: "A denial on a stream",
    aws: "SubscribeToShard is asked of the consumer's ARN alone.",
    hydrant:
      "What is denied on a stream is denied on its consumers as well. A consumer that is registered with tags is asked for as `<stream ARN>/consumer/<name>:`, for it has no time yet.",
  },
  {
    about: "Size of records and requests",
    aws: "A record may have up to 10 MiB where MaxRecordSizeInKiB says so, a PutRecords 10 MiB in all.",
    hydrant:
      "What a Lambda function can be sent: a request of more than 6 MiB, in JSON about 4.4 MiB of data, is a 413. Where answers cannot be streamed, a record that no answer of GetRecords could hold (about 4.4 MiB of data) is an InvalidArgumentException.",
  },
  {
    about: "Pages of GetRecords",
    aws: "Up to 10 MiB or 10,000 records.",
    hydrant:
      "The same. What is beyond the first 6 MB of an answer comes at 2 MB per second, as Lambda streams it. Where answers cannot be streamed, what fits a Lambda answer, about 4.4 MiB of data.",
  },
  {
    about: "Read limits",
    aws: "2 MB and 5 GetRecords calls per second and shard; more is a ProvisionedThroughputExceededException.",
    hydrant:
      "Reads are not limited, unless the deployment says so (the parameter readLimits, `aws`): then the same, counted by the second. A page of more than 2 MiB, which is counted once it is known, closes the shard to readers for the seconds that pay for it.",
  },
  {
    about: "Write limit of a shard",
    aws: "1 MiB and 1,000 records per second, with bursts for records above 1 MiB; which records of a PutRecords fail is not said.",
    hydrant:
      "The same, counted by the second: a record above 1 MiB takes the seconds it needs, and of a PutRecords each shard takes a beginning in the order of the request, so that order per key holds when the rest is sent again.",
  },
  {
    about: "Retries of producers",
    aws: "A call that is sent again after a lost answer stores its records twice.",
    hydrant:
      "An SDK's own retry of a PutRecord or PutRecords is recognised for an hour, by its invocation id and payload, and each record that an earlier attempt stored is answered with where it stands, also in a shard that was split or merged since. The parameter producerDeduplication switches it off.",
  },
  {
    about: "Dry runs",
    aws: "One a second and stream; a call with DryRun that passes its checks is a DryRunOperationException.",
    hydrant:
      "The same, counted by the second, behind the checks: a dry run that fails them does not count. AWS's sentences are not known.",
  },
  {
    about: "StreamARN in GetRecords",
    aws: "Routes the call, and names the resource for policies.",
    hydrant: "The iterator's stream is the resource for policies; StreamARN is not looked at.",
  },
];
