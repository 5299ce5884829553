/**
 * One invocation of a bridge, from what a service brought to what it is answered. A source that takes partial answers is told
 * what is left; all others are failed as a whole, and bring everything again: what stands is then stored no second time.
 */
import type { Clock } from "../clock.ts";
import type { ItemIdentifier } from "./brought.ts";
import { carry, type Carried, type CarryPorts, patiently } from "./carry.ts";
import type { BridgeSettings } from "./settings.ts";
import { sourceOf, type SourceKind } from "./sources/sources.ts";

export interface BridgeAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: ItemIdentifier }[];
}

export interface BridgeReport {
  readonly source: SourceKind;
  readonly carried: Carried;
  readonly durationMs: number;
}

export interface ServePorts extends CarryPorts {
  readonly clock: Clock;
  /** Throws for what the policy of the stream denies the account. */
  authorize(): Promise<void>;
  report(report: BridgeReport): void;
}

export interface Invocation {
  readonly requestId: string;
  /** No attempt is begun from then on. */
  readonly deadlineMs: number;
}

/** Rejects where the whole event is to come again. */
export async function serveEvent(
  ports: ServePorts,
  settings: BridgeSettings,
  event: unknown,
  invocation: Invocation,
): Promise<BridgeAnswer> {
  const { clock } = ports;
  const { requestId, deadlineMs } = invocation;
  const beganAtMs = clock.now();
  const { bridge, sources, partialAnswers, isRawSns, isWholeSqs } = settings;
  const source = sourceOf(event, new Set(sources));
  if (source === undefined) {
    throw new Error(`The bridge ${bridge} is fed by ${sources.join(", ")}, not by such an event.`);
  }
  const lineEnd = settings.deliveryStream === undefined ? "" : "\n";
  const options = { requestId, lineEnd, isRawSns, isWholeSqs } as const;
  const sequences = source.decode(event as never, options);
  const allowed = await patiently(ports, invocation, () => ports.authorize().then(() => true));
  if (allowed.kind === "left") throw allowed.error;
  const carried = await carry(ports, sequences, { bridge, deadlineMs });
  const durationMs = clock.now() - beganAtMs;
  ports.report({ source: source.kind, carried, durationMs });
  const { left, error } = carried;
  const itemCount = sequences.reduce((sum, { items }) => sum + items.length, 0);
  const isPartial = left.length < itemCount && partialAnswers.includes(source.kind);
  if (left.length > 0 && !isPartial) {
    throw new Error(`${left.length} of ${itemCount} records are left`, { cause: error });
  }
  return {
    batchItemFailures: left.flatMap(({ item }) =>
      item === undefined ? [] : [{ itemIdentifier: item }],
    ),
  };
}
