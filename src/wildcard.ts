/**
 * Wildcards as policies have them: `*` is any run of characters and `?` any one. In an ARN both stop at a colon, but for
 * a `*` that ends a segment: that one runs on, as in `arn:aws:kinesis:*`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

/** Whether `text` as a whole matches. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matches(pattern, text, () => true, "");
}

/** The same for ARNs, and for `*`, which names everything. */
export function matchesArn(pattern: string, text: string): boolean {
  return matches(pattern, text, (at) => at === pattern.length || pattern[at] === COLON, COLON);
}

const COLON = ":";

/** A `*` that has been met: where the pattern goes on behind it, and how far it has been taken to reach. */
interface Star {
  readonly behind: number;
  reach: number;
}

/**
 * Goes back to the last `*` only, or where that one may not grow over `border` to the last that may: what those before
 * them could take, these can. So no pattern can make it slow: time is bounded by the product of the lengths.
 * @param runsOn whether a `*` takes borders, by where the pattern goes on behind it
 */
function matches(
  pattern: string,
  text: string,
  runsOn: (at: number) => boolean,
  border: string,
): boolean {
  let inPattern = 0;
  let inText = 0;
  let star: Star | undefined;
  let runningStar: Star | undefined;
  while (inText < text.length || inPattern < pattern.length) {
    const wanted = pattern[inPattern];
    const found = text[inText];
    if (wanted === "*") {
      inPattern++;
      star = { behind: inPattern, reach: inText };
      if (runsOn(inPattern)) {
        runningStar = star;
        star = undefined;
      }
    } else if (found !== undefined && (wanted === found || (wanted === "?" && found !== border))) {
      inPattern++;
      inText++;
    } else if (star !== undefined && star.reach < text.length && text[star.reach] !== border) {
      inPattern = star.behind;
      inText = ++star.reach;
    } else if (runningStar !== undefined && runningStar.reach < text.length) {
      star = undefined;
      inPattern = runningStar.behind;
      inText = ++runningStar.reach;
    } else {
      return false;
    }
  }
  return true;
}
