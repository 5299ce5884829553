/** The sweep over delivery streams: what was left of a creation or a deletion is gone on with, and lanes that are not needed go. */
import type { Clock } from "../clock.ts";
import { type Random, randomHex } from "../random.ts";
import { type NoteSweepPorts, tried } from "../readers/sweep.ts";
import {
  LEFT_BY_CALLS,
  SWEEP_NOTE_TOKEN_BYTES,
  type SweepNote,
  type SweepNotes,
} from "../readers/sweep-notes.ts";
import { type ExtendLogsPorts, type Extension, extendLogs } from "../streams/extend-expiry.ts";
import { allDeliveryStreams } from "./all-streams.ts";
import { type LaneUpkeepPorts, tendLanes } from "./lane-change.ts";
import { parseLaneKey } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";
import { extensionOf, isExtending } from "./retention.ts";
import { settleTransition, type SourceLifecyclePorts } from "./source/lifecycle.ts";

export interface StreamSweepPorts
  extends SourceLifecyclePorts, Pick<NoteSweepPorts<never>, "reportFailure"> {
  readonly readers: SourceLifecyclePorts["readers"] & LaneUpkeepPorts["readers"];
}

/** Returns whether anything is left, or may be, for what fails counts as left. */
export async function sweepDeliveryStreams(
  ports: StreamSweepPorts,
  deadlineMs: number,
): Promise<boolean> {
  let isAnyLeft = false;
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    for (const stream of streams) {
      const isTended = await tried(ports, stream.name, () => tendLanes(ports, stream));
      isAnyLeft ||= isTended;
    }
    for (const stream of streams.filter(({ transition }) => transition !== undefined)) {
      const isLeft = await tried(ports, stream.name, async () => {
        const settled = await settleTransition(ports, stream, deadlineMs);
        return settled?.transition !== undefined;
      });
      isAnyLeft ||= isLeft;
    }
  }
  return isAnyLeft;
}

/** Goes on with raises of the retention. Returns whether anything is left, or may be. */
export async function sweepRetentions(
  ports: ExtendLogsPorts & {
    readonly deliveryStreams: DeliveryStreamStore;
    readonly reportFailure: NoteSweepPorts<never>["reportFailure"];
  },
  deadlineMs: number,
): Promise<boolean> {
  const { deliveryStreams, clock, reportFailure } = ports;
  const names = new Map<Extension, string>();
  for await (const streams of allDeliveryStreams(deliveryStreams)) {
    for (const stream of streams.filter(isExtending)) {
      names.set(extensionOf(deliveryStreams, stream, clock.now()), stream.name);
    }
  }
  const areAllDone = await extendLogs(ports, [...names.keys()], deadlineMs, (extension, error) =>
    reportFailure(names.get(extension)!, error),
  );
  return !areAllDone;
}

/**
 * Has the lanes tended of streams that have several, until they are not needed: what calls left is gone on with for as
 * long. A stream's first lane is never closed, so one of the others shows it.
 */
export async function noteSeveralLanes(
  {
    notes,
    clock,
    random,
  }: {
    readonly notes: Pick<SweepNotes, "put">;
    readonly clock: Clock;
    readonly random: Random;
  },
  known: readonly SweepNote[],
): Promise<void> {
  const isNoted = known.some(({ subject }) => subject === LEFT_BY_CALLS);
  const areSeveral = known.some(({ subject }) => (parseLaneKey(subject)?.lane ?? 0) > 0);
  if (isNoted || !areSeveral) return;
  await notes.put({
    subject: LEFT_BY_CALLS,
    token: randomHex(random, SWEEP_NOTE_TOKEN_BYTES),
    atMs: clock.now(),
  });
}
