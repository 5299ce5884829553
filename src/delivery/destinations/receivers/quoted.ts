/** Text that a receiver has said, for a failed record's line: so much of it, and in one line. */
export function cutText(body: Uint8Array, maxLength: number): string {
  // A character has at most four bytes; one that the cut has broken is left out.
  const text = Buffer.from(body.subarray(0, maxLength * 4)).toString();
  return text
    .slice(0, maxLength)
    .replace(/[\ud800-\udbff]$/, "")
    .trim();
}
