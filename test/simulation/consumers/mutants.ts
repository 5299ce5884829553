/**
 * Deliberate bugs of consumers, each of which breaks a guarantee: every one must be caught. They live around the
 * ports, never in `src/`.
 */
import type { ConsumePorts } from "../../../src/consumer/run.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { ReaderStore } from "../../../src/readers/store.ts";

export interface ConsumerMutant {
  readonly means: string;
  /** In the readers' store itself. */
  readonly readers?: (readers: ReaderStore<Progress>) => ReaderStore<Progress>;
  /** In what the consumer makes of the answers it gets. */
  readonly ports?: (ports: ConsumePorts) => ConsumePorts;
  readonly sendsOnRetry?: boolean;
}

export const NO_CONSUMER_MUTANT: ConsumerMutant = { means: "the code as it is" };

export const CONSUMER_MUTANTS = {} as const satisfies Readonly<Record<string, ConsumerMutant>>;
