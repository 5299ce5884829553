/** The sweep over every delivery stream's lanes, a page of streams at once. */
import { type SweepPorts, sweepShard } from "../readers/sweep.ts";
import { allDeliveryStreams } from "./all-streams.ts";
import { laneKeys } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";
import type { ShardKey } from "../log/store.ts";

export interface StreamSweepPorts<Plan> extends SweepPorts<Plan> {
  readonly deliveryStreams: DeliveryStreamStore;
  /** One shard in trouble keeps nobody else waiting; it is told here. */
  readonly reportFailure: (shard: ShardKey, error: unknown) => void;
}

/** Returns whether a buffer is open anywhere, or may be, for one that could not be looked at counts as open. */
export async function sweepDeliveryStreams<Plan>(ports: StreamSweepPorts<Plan>): Promise<boolean> {
  let isAnyOpen = false;
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    const open = await Promise.all(
      streams.flatMap(laneKeys).map((lane) =>
        sweepShard(ports, lane).catch((error: unknown) => {
          ports.reportFailure(lane, error);
          return true;
        }),
      ),
    );
    isAnyOpen ||= open.includes(true);
  }
  return isAnyOpen;
}
