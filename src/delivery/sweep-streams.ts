/** The sweep over what delivery streams read, a page of streams at once: their lanes, and the shards of their sources. */
import { type DataStreamSweepPorts, sweepDataStream, tried } from "../readers/sweep-data-stream.ts";
import { sweepShard } from "../readers/sweep.ts";
import { allDeliveryStreams } from "./all-streams.ts";
import { laneKeys } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";

export interface StreamSweepPorts<Plan> extends DataStreamSweepPorts<Plan> {
  readonly deliveryStreams: DeliveryStreamStore;
}

/** Returns whether a buffer is open anywhere, or may be, for one that could not be looked at counts as open. */
export async function sweepDeliveryStreams<Plan>(ports: StreamSweepPorts<Plan>): Promise<boolean> {
  let isAnyOpen = false;
  // Each once, however many delivery streams read it.
  const sources = new Map<string, { readonly name: string; readonly generation: string }>();
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    const open = await Promise.all(
      streams.flatMap(laneKeys).map((lane) => tried(ports, lane, () => sweepShard(ports, lane))),
    );
    isAnyOpen ||= open.includes(true);
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
