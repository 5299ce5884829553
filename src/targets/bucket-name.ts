/**
 * Names that no bucket of S3's general kind has, and what they would be instead: other names of a bucket, among them of
 * one that may not be named, or ways out of a URL's path.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */

/** Of access points, of what looks into objects, of several regions, of directories and of tables. */
const RESERVED_ENDS = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

export function bucketNameProblem(name: string): string | undefined {
  const isOther = RESERVED_ENDS.some((end) => name.toLowerCase().endsWith(end));
  if (isOther) return `${name} is another name of a bucket: name the bucket itself`;
  return /^\.|\.\.|\.$/.test(name) ? `No bucket is called ${name}` : undefined;
}
