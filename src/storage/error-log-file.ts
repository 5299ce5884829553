/**
 * Error events in a file, where there is no CloudWatch Logs: one line of JSON each, with the group and the stream that
 * they would be in. Any group and stream will do.
 */
import { appendFile } from "node:fs/promises";
import type { ErrorLog } from "../delivery/ports.ts";

export function errorLogFile(file: string): ErrorLog {
  return {
    async append({ groupName: logGroupName, streamName: logStreamName }, events) {
      const lines = events.map(({ atMs, text }) => {
        const timestamp = new Date(atMs).toISOString();
        const message: unknown = JSON.parse(text);
        return `${JSON.stringify({ timestamp, logGroupName, logStreamName, message })}\n`;
      });
      // In one write, so that the lines of several processes do not mix.
      await appendFile(file, lines.join(""));
    },
  };
}
