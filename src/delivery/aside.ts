/** What is delivered beside a stream's own delivery, with settings of its own: a replay, or an object of failed records. */
import type { LogStore } from "../log/store.ts";
import type { ReaderSink } from "../readers/reader.ts";
import type { DeliveryTarget } from "./delivery-stream.ts";
import type { Flushed } from "./destinations/sink-options.ts";
import type { DeliveryPlan } from "./plan.ts";

export interface Aside {
  readonly target: DeliveryTarget;
  /** What is read, which has an end. */
  readonly log: LogStore;
  readonly deadlineMs: number;
  around(sink: ReaderSink<DeliveryPlan>): ReaderSink<DeliveryPlan>;
  /** Objects of a flush stand. */
  delivered(flush: Flushed): void;
  /** A run ended in that error. `isRefused`: by an answer of the bucket. */
  failed(error: unknown, isRefused: boolean): Promise<void>;
}
