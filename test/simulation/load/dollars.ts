/** What a load costs, of what grows with its calls; API Gateway's price for a request, which no load changes, is left out. */
import { PRICES } from "../../../bench/prices.ts";
import type { CapacityFigures } from "../../../src/storage/memory/capacity.ts";

/** Of a message: to send, receive, hide and delete it. */
const REQUESTS_PER_MESSAGE = 4;

export interface Spent {
  readonly capacity: CapacityFigures;
  /** Of our functions, by name. */
  readonly invocations: Readonly<Record<string, number>>;
  /** Of the api function. */
  readonly callCount: number;
}

export function dollarsOf({ capacity, invocations, callCount }: Spent): number {
  const { doorbell = 0, ...byMessage } = invocations;
  const messageCount = Object.values(byMessage).reduce((sum, count) => sum + count, 0);
  return (
    capacity.writeUnits * PRICES.writeUnit.dollars +
    capacity.readUnits * PRICES.readUnit.dollars +
    capacity.puts * PRICES.s3Put.dollars +
    capacity.gets * PRICES.s3Get.dollars +
    (callCount + doorbell + messageCount) * PRICES.lambdaRequest.dollars +
    messageCount * REQUESTS_PER_MESSAGE * PRICES.sqsRequest.dollars
  );
}
