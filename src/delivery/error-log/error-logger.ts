/**
 * Tells a delivery stream's owner of errors, beside the deliveries and never in their way: what is told goes out in the
 * background, what cannot be told is forgotten, and nobody waits longer than a moment at the end of a run. The same error
 * is told once a minute; AWS samples likewise.
 */
import type { Clock } from "../../clock.ts";
import {
  ERROR_LOG_PATIENCE_MS,
  ERROR_TOLD_AGAIN_AFTER_MS,
  ERRORS_TOLD_MAX_COUNT,
} from "../../limits.ts";
import type { ErrorLog, LogEvent, LogPlace } from "../ports.ts";

export interface ErrorLogger {
  /** @param text of `errorEvent` */
  tell(text: string): void;
  /** All is told, or the moment is over. */
  settled(): Promise<void>;
}

/** Where nobody asked for it. */
export const SILENT_LOGGER: ErrorLogger = { tell: () => {}, settled: () => Promise.resolve() };

/** For one run of a reader. `errorLog` does not reject. */
export function errorLogger(errorLog: ErrorLog, place: LogPlace, clock: Clock): ErrorLogger {
  const toldAtMs = new Map<string, number>();
  let waiting: LogEvent[] = [];
  let telling: Promise<void> | undefined;

  async function tellAll(): Promise<void> {
    while (waiting.length > 0) {
      const events = waiting;
      waiting = [];
      await errorLog.append(place, events);
    }
    telling = undefined;
  }

  return {
    tell(text) {
      const atMs = clock.now();
      const last = toldAtMs.get(text);
      if (last === undefined && toldAtMs.size >= ERRORS_TOLD_MAX_COUNT) return;
      if (last !== undefined && atMs - last < ERROR_TOLD_AGAIN_AFTER_MS) return;
      toldAtMs.set(text, atMs);
      waiting.push({ atMs, text });
      telling ??= tellAll();
    },
    async settled() {
      if (telling === undefined) return;
      const isOver = new AbortController();
      await Promise.race([telling, clock.sleep(ERROR_LOG_PATIENCE_MS, isOver.signal)]);
      isOver.abort();
    },
  };
}
