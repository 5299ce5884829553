/**
 * Patterns of ARNs, as IAM reads them in a policy's `Resource`: `*` is any run of characters and `?` any one, within the
 * part between two colons; the last part of a pattern goes on over colons. So what a list lets through here is what the
 * policy that is made of the same list lets through there.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

/** `arn:aws:s3:::logs/a` has six parts, of which the last may hold colons. */
const PARTS_COUNT = 6;

export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = split(pattern, PARTS_COUNT);
  const given = split(arn, wanted.length);
  return (
    given.length === wanted.length &&
    wanted.every((part, index) => matchesWildcards(part, given[index]!))
  );
}

/** Into `count` parts at most. */
function split(text: string, count: number): readonly string[] {
  const parts = text.split(":");
  return parts.length <= count
    ? parts
    : [...parts.slice(0, count - 1), parts.slice(count - 1).join(":")];
}

/** Goes back to the last `*` at most, so that its time is bounded by the product of the lengths. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (inText < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === "*") {
      lastStar = inPattern++;
      resumeAt = inText;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[inText])) {
      inPattern++;
      inText++;
    } else if (lastStar >= 0) {
      inPattern = lastStar + 1;
      inText = ++resumeAt;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}
