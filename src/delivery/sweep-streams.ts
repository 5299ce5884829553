/**
 * The sweep over what delivery streams read, a page of streams at once: their lanes, and the shards of their sources.
 * What was left of a creation or a deletion is gone on with.
 */
import { type DataStreamSweepPorts, sweepDataStream, tried } from "../readers/sweep-data-stream.ts";
import { sweepShard } from "../readers/sweep.ts";
import { allDeliveryStreams } from "./all-streams.ts";
import { laneKeys } from "./delivery-stream.ts";
import { settleTransition, type SourceLifecyclePorts } from "./source-lifecycle.ts";

export interface StreamSweepPorts<Plan>
  extends DataStreamSweepPorts<Plan>, Pick<SourceLifecyclePorts, "view" | "deliveryStreams"> {}

/**
 * Returns whether a buffer is open anywhere, or may be, for one that could not be looked at counts as open, or anything
 * is left of a creation or a deletion.
 */
export async function sweepDeliveryStreams<Plan>(
  ports: StreamSweepPorts<Plan>,
  deadlineMs: number,
): Promise<boolean> {
  let isAnyOpen = false;
  // Each once, however many delivery streams read it.
  const sources = new Map<string, { readonly name: string; readonly generation: string }>();
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    const open = await Promise.all(
      streams.flatMap(laneKeys).map((lane) => tried(ports, lane, () => sweepShard(ports, lane))),
    );
    isAnyOpen ||= open.includes(true);
    for (const stream of streams.filter(({ transition }) => transition !== undefined)) {
      const isLeft = await tried(ports, stream.name, async () => {
        const settled = await settleTransition(ports, stream, deadlineMs);
        return settled?.transition !== undefined;
      });
      isAnyOpen ||= isLeft;
    }
    for (const { source } of streams) {
      if (source === undefined) continue;
      const { streamName: name, streamGeneration: generation } = source;
      sources.set(generation, { name, generation });
    }
  }
  for (const source of sources.values()) {
    const isOpen = await sweepDataStream(ports, source);
    isAnyOpen ||= isOpen;
  }
  return isAnyOpen;
}
