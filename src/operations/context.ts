/** What every operation's handler gets beside its input. */
import type { Clock } from "../clock.ts";
import type { DeliveryStreamStore } from "../delivery/ports.ts";
import type { Appender } from "../log/appender.ts";
import type { ProducerRequest } from "../log/record.ts";
import type { Random } from "../random.ts";
import type { StreamCache } from "./stream-cache.ts";

export interface OperationContext {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly appender: Appender;
  readonly deliveryStreams: DeliveryStreamStore;
  /** One per process, not per request. */
  readonly streamCache: StreamCache;
  /** Present when the SDK sent an invocation id. */
  readonly producerRequest?: ProducerRequest;
}
