/**
 * Changing a delivery stream. Every change is made on the stream as it stands and only if it still stands so, for lanes
 * and other calls change it, too; of two that race both are made, one after the other.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { settleTransition } from "../../delivery/source/lifecycle.ts";
import { serviceError } from "../../errors.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { statusOf } from "./delivery-stream-status.ts";
import { lifecyclePorts } from "./kinesis-source.ts";
import { deliveryStreamNotFound } from "./refusals.ts";

/** A change that loses this many races in a row has met something that changes the stream all the time. */
const ATTEMPTS_MAX_COUNT = 20;

export interface DeliveryStreamChange {
  readonly name: string;
  readonly context: DeliveryStreamContext;
  /** The stream as it shall be. It may throw a refusal, and is called again when somebody else was faster. */
  readonly change: (stream: DeliveryStream) => DeliveryStream | Promise<DeliveryStream>;
  /** Puts it in the other's place; absent: the item alone. */
  readonly store?: (
    before: DeliveryStream,
    after: DeliveryStream,
  ) => Promise<"updated" | "conflict">;
  readonly notFound?: typeof deliveryStreamNotFound;
}

export async function changeDeliveryStream(options: DeliveryStreamChange): Promise<void> {
  const { name, context, change } = options;
  const { deliveryStreams, streamCache } = context;
  const { store = (before, after) => deliveryStreams.update(before, after) } = options;
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
    const before = await findActive(options);
    if ((await store(before, await change(before))) === "conflict") continue;
    streamCache.forget(name);
    return;
  }
  throw new Error(`no change got through in ${ATTEMPTS_MAX_COUNT} attempts`);
}

export async function findActive({
  name,
  context,
  notFound,
}: Pick<DeliveryStreamChange, "name" | "context" | "notFound">): Promise<DeliveryStream> {
  const stream = await findDeliveryStream(name, context, notFound);
  const status = statusOf(stream);
  if (status === "ACTIVE") return stream;
  // AWS's sentence is not known.
  throw serviceError(
    "ResourceInUseException",
    `Firehose ${name} under accountId ${context.accountId} is not ACTIVE but ${status}`,
  );
}

/** With what was left half done finished. */
export async function findDeliveryStream(
  name: string,
  context: DeliveryStreamContext,
  notFound = deliveryStreamNotFound,
): Promise<DeliveryStream> {
  const found = await context.deliveryStreams.get(name);
  const stream = found && (await settleTransition(lifecyclePorts(context), found));
  if (stream === undefined) throw notFound(name, context.accountId);
  return stream;
}
