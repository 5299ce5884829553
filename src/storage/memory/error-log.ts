/** Error events in memory. Groups and streams stand when they are asked for, unless they are to be missing. */
import type { ErrorLog, LogEvent, LogPlace } from "../../delivery/ports.ts";

export interface MemoryErrorLog extends ErrorLog {
  readonly events: readonly (LogPlace & LogEvent)[];
}

export function memoryErrorLog(): MemoryErrorLog {
  const events: (LogPlace & LogEvent)[] = [];
  return {
    events,
    append(place, added) {
      events.push(...added.map((event) => ({ ...place, ...event })));
      return Promise.resolve();
    },
  };
}
