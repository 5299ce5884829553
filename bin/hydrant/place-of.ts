/** Where a delivery's records go, in a word: the bucket, or the destination that only leaves it what fails. */
export function placeOf({
  BucketARN,
  Destination,
}: {
  readonly BucketARN: string;
  readonly Destination?: string;
}): string {
  return Destination ?? BucketARN.replace(/^arn:[^:]*:s3:::/, "s3://");
}
