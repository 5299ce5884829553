/** Which records a function wants: patterns of which a record must match one. */
import { parseFilterPattern } from "../../consumer/filter-pattern.ts";
import {
  MAPPING_FILTER_MAX_LENGTH,
  MAPPING_FILTERS_MAX_COUNT,
  UNBOUNDED_LIST_MAX_COUNT,
} from "../../limits.ts";
import { type Infer, list, string, structure } from "../../wire/shape.ts";
import { invalidParameter } from "./refusals.ts";

export const filterCriteria = structure({
  Filters: list(
    structure({
      Pattern: string({ minLength: 0, maxLength: MAPPING_FILTER_MAX_LENGTH, pattern: /.*/s }),
    }),
    { maxLength: UNBOUNDED_LIST_MAX_COUNT },
  ),
});

/** None when everything is wanted. Throws for what is no pattern. */
export function readFilterCriteria({
  Filters = [],
}: Infer<typeof filterCriteria>): readonly string[] {
  if (Filters.length > MAPPING_FILTERS_MAX_COUNT) {
    // AWS's sentence is not known.
    throw invalidParameter(
      `A mapping may have at most ${MAPPING_FILTERS_MAX_COUNT} filters, got ${Filters.length}.`,
    );
  }
  return Filters.map(({ Pattern = "" }) => {
    const parsed = parseFilterPattern(Pattern);
    if (!("error" in parsed)) return Pattern;
    // AWS says no more than the first sentence.
    throw invalidParameter(`Invalid filter pattern definition. ${parsed.error}`);
  });
}
