/** `hydrant retention STREAM --retention-period-hours N`. */
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";

const OPERATION = "UpdateDeliveryRetention";

const USAGE = `usage: hydrant retention STREAM --retention-period-hours HOURS
  HOURS  24..8760; how long it is now, hydrant status shows`;

export async function runRetention(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const row = hydrantService.operations.get(OPERATION);
  if (row?.kind !== "operation") throw new Error(`${OPERATION} is not offered`);
  const options = readOptions(row.input.members, withStreamName(args));
  if (options.isHelpWanted) return console.log(USAGE);
  await call(connect(options), OPERATION, options.input);
  const { DeliveryStreamName, RetentionPeriodHours } = options.input;
  console.log(`${String(DeliveryStreamName)} keeps its records ${String(RetentionPeriodHours)} h`);
}
