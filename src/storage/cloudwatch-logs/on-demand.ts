/** Few deliveries fail, and fewer ask for a log of it: the client is loaded by the first event. */
import type { CloudWatchLogsClientConfig } from "@aws-sdk/client-cloudwatch-logs";
import type { ErrorLog } from "../../delivery/ports.ts";

export function cloudWatchErrorLogOnDemand(config: CloudWatchLogsClientConfig): ErrorLog {
  let errorLog: ErrorLog | undefined;
  return {
    async append(place, events) {
      const { cloudWatchErrorLog } = await import("./error-log.ts");
      errorLog ??= cloudWatchErrorLog(config);
      await errorLog.append(place, events);
    },
  };
}
