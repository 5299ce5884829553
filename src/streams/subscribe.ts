/**
 * A subscription: a shard that is pushed to a consumer as its records become visible, for some minutes. It only
 * reads; where it stood is the client's to keep and to bring back. A consumer has one subscription per shard, which
 * ends when a later one has taken its place. Delivery is at least once: the two may overlap for a moment.
 * https://docs.aws.amazon.com/streams/latest/dev/building-enhanced-consumers-api.html
 */
import {
  SUBSCRIPTION_CHECK_INTERVAL_MS,
  SUBSCRIPTION_IDLE_EVENT_MS,
  SUBSCRIPTION_MAX_DURATION_MS,
  SUBSCRIPTION_MAX_BYTES,
  SUBSCRIPTION_POLL_INTERVAL_MS,
} from "../limits.ts";
import type { IteratorStart } from "../log/iterator.ts";
import { findConsumer } from "./consumers.ts";
import { continuationNumber } from "./continuation.ts";
import { settledChildren } from "./lineage.ts";
import { type Page, type PageBounds, readPage, type ReadPorts } from "./read.ts";
import type { SequenceNumber } from "../log/sequence.ts";
import type { SubscriptionPlace, SubscriptionStore } from "./store.ts";
import type { DataStream, Shard, StreamConsumer, StreamView } from "./stream.ts";

export interface SubscribePorts extends ReadPorts {
  readonly subscriptions: SubscriptionStore;
  /** The stream as it is remembered, for a few seconds at most. */
  view(): Promise<StreamView | undefined>;
  /** The stream as the store has it now. */
  refresh(): Promise<StreamView | undefined>;
}

export interface Subscription {
  /** Which stream of that name. */
  readonly generation: DataStream["generation"];
  readonly consumer: StreamConsumer;
  readonly shard: Shard;
  readonly place: SubscriptionPlace;
  /** What the place was claimed with. */
  readonly token: string;
  readonly start: IteratorStart;
  readonly bounds: PageBounds;
  /** Aborts when the client goes. */
  readonly signal: AbortSignal;
}

export type SubscriptionEvent =
  | {
      readonly kind: "records";
      readonly view: StreamView;
      readonly page: Page;
      /** Where to resume after it. */
      readonly continuation: SequenceNumber;
    }
  /** The shard is over; its readers go on with these. */
  | { readonly kind: "shard-end"; readonly children: readonly Shard[] }
  | { readonly kind: "taken-over" }
  /** The stream, the shard or the consumer does not exist any more. */
  | { readonly kind: "gone" };

/** Ends by itself after its time, and with every event but `records`. Its place is the caller's to free. */
export async function* followShard(
  ports: SubscribePorts,
  { shard, place, token, bounds, signal, ...subscription }: Subscription,
): AsyncGenerator<SubscriptionEvent, void, undefined> {
  const { clock, subscriptions } = ports;
  const endsAtMs = clock.now() + SUBSCRIPTION_MAX_DURATION_MS;
  let position = subscription.start;
  let checkAtMs = clock.now() + SUBSCRIPTION_CHECK_INTERVAL_MS;
  // The first event comes at once, so that a client that begins at the tip has where to resume.
  let eventDueMs = clock.now();
  let byteCount = 0;
  while (!signal.aborted && clock.now() < endsAtMs && byteCount < SUBSCRIPTION_MAX_BYTES) {
    if (clock.now() >= checkAtMs) {
      if ((await subscriptions.holder(place)) !== token) return yield { kind: "taken-over" };
      checkAtMs = clock.now() + SUBSCRIPTION_CHECK_INTERVAL_MS;
    }
    const view = await ports.view();
    if (view === undefined || !stillStands(view, subscription)) return yield { kind: "gone" };
    const page = await readPage(ports, view.stream, shard, position, bounds);
    if (page === undefined) return yield { kind: "gone" };

    const hasRecords = page.records.length > 0;
    if (page.isSealed && page.isAtTip && !hasRecords) {
      const children = await settledChildren(view, shard, () => ports.refresh());
      // None while the reshard is under way: they come.
      if (children.length > 0) return yield { kind: "shard-end", children };
    }
    position = hasRecords ? { kind: "record", ...page.next } : advanced(position, page);
    if (hasRecords || clock.now() >= eventDueMs) {
      const continuation = continuationNumber(shard, page.next, clock.now());
      yield { kind: "records", view, page, continuation };
      for (const record of page.records) byteCount += bounds.bytesOf(record);
      eventDueMs = clock.now() + SUBSCRIPTION_IDLE_EVENT_MS;
    }
    if (page.isAtTip && !signal.aborted) await clock.sleep(SUBSCRIPTION_POLL_INTERVAL_MS, signal);
  }
}

/** A time that is looked for stays one while the shard is empty. */
function advanced(position: IteratorStart, { next }: Page): IteratorStart {
  const isNowhere = position.kind === "time" && next.blockIndex === 0;
  return isNowhere ? position : { kind: "record", ...next };
}

function stillStands(
  { stream }: StreamView,
  { generation, consumer }: Pick<Subscription, "generation" | "consumer">,
): boolean {
  const registered = findConsumer(stream, consumer.name);
  return stream.generation === generation && registered?.createdAtMs === consumer.createdAtMs;
}
