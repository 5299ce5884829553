/**
 * An error log that never rejects. A group or stream that is missing, or that may not be written to, is left alone for a
 * minute by the process that met it, so that a busy delivery stream does not ask for it again and again.
 */
import type { Clock } from "../../clock.ts";
import { ERROR_LOG_LEFT_ALONE_MS, ERROR_LOGS_LEFT_ALONE_MAX_COUNT } from "../../limits.ts";
import type { ErrorLog, LogPlace } from "../ports.ts";

/** @param refused called for each place that did not take its events, once for all that it is then left alone for */
export function lenientErrorLog(
  errorLog: ErrorLog,
  clock: Clock,
  refused: (place: LogPlace, failure: unknown) => void,
): ErrorLog {
  const leftAloneUntilMs = new Map<string, number>();
  return {
    async append(place, events) {
      const key = `${place.groupName}:${place.streamName}`;
      if ((leftAloneUntilMs.get(key) ?? 0) > clock.now()) return;
      leftAloneUntilMs.delete(key);
      try {
        await errorLog.append(place, events);
      } catch (failure) {
        if (leftAloneUntilMs.size >= ERROR_LOGS_LEFT_ALONE_MAX_COUNT) leftAloneUntilMs.clear();
        leftAloneUntilMs.set(key, clock.now() + ERROR_LOG_LEFT_ALONE_MS);
        refused(place, failure);
      }
    },
  };
}
