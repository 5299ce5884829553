/**
 * Patterns of ARNs in the deployment's lists: `*` is any run of characters and `?` any one, within the part between two
 * colons; the last part of a pattern goes on over colons. IAM lets a `*` that ends a part run on as well, so that what a list
 * lets through here, the policy that is made of the same list lets through there.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

import { matchesWildcard } from "./wildcard.ts";

/** `arn:aws:s3:::logs/a` has six parts, of which the last may hold colons. */
const PARTS_COUNT = 6;

export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = split(pattern, PARTS_COUNT);
  const given = split(arn, wanted.length);
  return (
    given.length === wanted.length &&
    wanted.every((part, index) => matchesWildcard(part, given[index]!))
  );
}

/** Into `count` parts at most. */
function split(text: string, count: number): readonly string[] {
  const parts = text.split(":");
  return parts.length <= count
    ? parts
    : [...parts.slice(0, count - 1), parts.slice(count - 1).join(":")];
}
