/**
 * The consumers with enhanced fan-out that are registered on a stream. They are part of its item: there are at
 * most twenty, they go when the stream goes, and a change that is conditional on the stream's revision keeps
 * names unique and the quota exact.
 * https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
 */
import { isAhead } from "../clock.ts";
import { CONSUMERS_CREATING_MAX_COUNT, CONSUMERS_PER_STREAM_MAX_COUNT } from "../limits.ts";
import type { DataStream, StreamConsumer } from "./stream.ts";

export type ConsumerStatus = "CREATING" | "ACTIVE";

interface Moment {
  readonly nowMs: number;
  readonly transitionDelayMs: number;
}

export type Registration =
  | { readonly kind: "registered"; readonly stream: DataStream; readonly consumer: StreamConsumer }
  | { readonly kind: "exists" | "too-many" | "too-many-creating" };

export function registerConsumer(
  stream: DataStream,
  wanted: Pick<StreamConsumer, "name" | "tags" | "generation">,
  moment: Moment,
): Registration {
  const standing = stream.consumers ?? [];
  if (standing.some(({ name }) => name === wanted.name)) return { kind: "exists" };
  if (standing.length >= CONSUMERS_PER_STREAM_MAX_COUNT) return { kind: "too-many" };
  const creating = standing.filter((consumer) => consumerStatus(consumer, moment) === "CREATING");
  if (creating.length >= CONSUMERS_CREATING_MAX_COUNT) return { kind: "too-many-creating" };
  const consumer = { ...wanted, createdAtMs: moment.nowMs };
  const consumers = [...standing, consumer].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: "registered", stream: { ...stream, consumers }, consumer };
}

/** The very registration that is meant: one of the same name that came later stays. */
export function withoutConsumer(
  stream: DataStream,
  { name, createdAtMs }: StreamConsumer,
): DataStream {
  const consumers = (stream.consumers ?? []).filter(
    (consumer) => consumer.name !== name || consumer.createdAtMs !== createdAtMs,
  );
  return { ...stream, consumers };
}

/**
 * `createdAtSeconds`: as an ARN has it; absent when only the name is known. Compared as text: `01764489600` would be the
 * same number in another ARN, which a policy that names the consumer does not know.
 */
export function findConsumer(
  { consumers = [] }: DataStream,
  name: string,
  createdAtSeconds?: string,
): StreamConsumer | undefined {
  const found = consumers.find((consumer) => consumer.name === name);
  if (found === undefined || createdAtSeconds === undefined) return found;
  return String(epochSeconds(found)) === createdAtSeconds ? found : undefined;
}

export function consumerStatus(
  { createdAtMs }: StreamConsumer,
  { nowMs, transitionDelayMs }: Moment,
): ConsumerStatus {
  const isCreating = isAhead(createdAtMs + transitionDelayMs, nowMs, transitionDelayMs);
  return isCreating ? "CREATING" : "ACTIVE";
}

/** The end of the consumer's ARN: a name that is registered again gets another one. */
export function epochSeconds({ createdAtMs }: StreamConsumer): number {
  return Math.floor(createdAtMs / 1000);
}
