/**
 * A lane's reader that is at work without a pause and still falls further behind, as one whose transform is slow, asks for
 * more lanes: what comes next is shared out to more readers. One that fails asks for nothing, nor one that catches up.
 */
import type { Clock } from "../clock.ts";
import { LANE_BEHIND_AFTER_MS } from "../limits.ts";
import type { LogStore } from "../log/store.ts";
import type { ReaderSink } from "../readers/reader.ts";
import { laneKey } from "./delivery-stream.ts";
import { openLanes } from "./lane-change.ts";
import { isJustChanged } from "./lanes.ts";
import type { DeliveryPlan } from "./plan.ts";
import type { DeliveryStreamStore } from "./ports.ts";
import type { Delivery } from "./source/follow.ts";

export interface BehindPorts {
  readonly log: Pick<LogStore, "head">;
  readonly clock: Clock;
  readonly deliveryStreams: DeliveryStreamStore;
}

interface Look {
  readonly atMs: number;
  readonly deliveredBytes: number;
  readonly reservedBytes: number;
}

/** A lane is given that part of what its reader delivers. */
const AIM = 0.7;

/** The same sink; what it is asked to do tells how fast the reader is. */
export function watchingPace(
  ports: BehindPorts,
  { stream, source }: Pick<Delivery, "stream" | "source">,
  sink: ReaderSink<DeliveryPlan>,
): ReaderSink<DeliveryPlan> {
  if (source.kind !== "lane") return sink;
  const { log, clock } = ports;
  const lane = laneKey(stream, source.index);
  const beganAtMs = clock.now();
  let last: Look | undefined;

  async function look(deliveredBytes: number): Promise<void> {
    const atMs = clock.now();
    // Most runs are over by then, and have cost nothing.
    if (atMs - (last?.atMs ?? beganAtMs) < LANE_BEHIND_AFTER_MS) return;
    const head = await log.head(lane);
    if (head === undefined || head.sealed) return;
    const before = last;
    last = { atMs, deliveredBytes, reservedBytes: head.byteOffset };
    if (before === undefined) return;
    const seconds = (atMs - before.atMs) / 1000;
    const delivered = (deliveredBytes - before.deliveredBytes) / seconds;
    const reserved = (head.byteOffset - before.reservedBytes) / seconds;
    if (delivered > 0 && reserved > delivered) await askForLanes(delivered, reserved / delivered);
  }

  async function askForLanes(bytesPerSecond: number, excess: number): Promise<void> {
    const current = await ports.deliveryStreams.get(stream.name);
    if (current?.generation !== stream.generation || !current.lanes) return;
    if (isJustChanged(current.lanes, clock.now())) return;
    const wanted = Math.ceil((current.lanes.open.length * excess) / AIM);
    await openLanes(ports, current, wanted, bytesPerSecond);
  }

  return {
    ...sink,
    async execute(plan, save) {
      const executed = await sink.execute(plan, save);
      // Delivering does not fail for what is asked beside it.
      if (executed.kind === "done") await look(plan.span.to.byteOffset).catch(() => {});
      return executed;
    },
  };
}
