/** G10 of what is given up: by the rules, one by one where that was asked for, and told where it was wanted. */
import type { Check, Part } from "./checker.ts";
import { isWanted } from "./mapping-book.ts";

export function checkReports({ log, book, fail }: Check) {
  return {
    visitor: {
      reported(event) {
        const { condition, invokeCount, records: ids, recordCount, destination, atMs } = event;
        const mapping = book.mappings.get(event.mapping)!;
        const by = book.goesBy(event);
        if (destination !== by.destination) {
          fail("G10", `${ids.join()} were reported to ${destination}, not ${by.destination}`);
        }
        for (const id of ids) {
          const rec = log.records.get(id);
          if (rec === undefined || !isWanted(by, rec)) {
            fail("G10", `${id} was reported and not wanted`);
            continue;
          }
          const isDue =
            condition === "RecordAgeExceeded"
              ? book.isTooOld(mapping, rec, atMs)
              : book.isExhausted(mapping, rec) && invokeCount > mapping.maximumRetryCount;
          if (isDue) continue;
          const { count = 0 } = mapping.failures.get(id) ?? {};
          const so = `as ${condition} after ${count} failures, ${invokeCount} told`;
          fail("G10", `${id} was reported ${so}`);
        }
        if (mapping.bisects && condition === "RetryAttemptsExhausted" && recordCount > 1) {
          fail("G10", `${ids.join()} were given up together though they could be halved`);
        }
      },
    },
  } satisfies Part;
}
