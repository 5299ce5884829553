/** Where Kinesis Data Streams as Hydrant offers it does not do what AWS does; printed into the documentation. */
import type { Difference } from "../../wire/operation.ts";

export const kinesisDifferences: readonly Difference[] = [
  {
    about: "Stream status",
    aws: "Creating, changing and deleting a stream take seconds to minutes.",
    hydrant:
      "All is done when the call returns; CREATING and UPDATING are shown for another half second (HYDRANT_STREAM_TRANSITION_MS), DELETING only while a stream is being removed.",
  },
  {
    about: "Quotas of the account",
    aws: "Shards, on-demand streams, streams in CREATING and calls per second are limited.",
    hydrant:
      "They are not counted; a stream may have 10,000 shards. DescribeLimits shows what there is beside AWS's own limits.",
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
    hydrant: "The names are kept and shown; there are no metrics per shard yet.",
  },
  {
    about: "Resource policies",
    aws: "Grant other accounts and principals access to a stream or a consumer.",
    hydrant:
      "A stream's policy is kept and shown, and grants or denies nothing: rights are those of the access key. Consumers have none.",
  },
  {
    about: "Tags",
    aws: "Streams, consumers and channels have tags, which policies may name.",
    hydrant: "Streams only, and policies cannot name them. A colon is allowed, too.",
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
];
