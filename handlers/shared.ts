/** What all entry points share: one line per event on standard output. */
import { systemClock } from "../src/clock.ts";
import { metricsConfig } from "../src/config.ts";
import { createLog } from "../src/observe/log.ts";

const { metrics } = metricsConfig(process.env);

export const log = createLog({
  clock: systemClock,
  hasMetrics: metrics === "on",
  write: (line) => void process.stdout.write(`${line}\n`),
});
