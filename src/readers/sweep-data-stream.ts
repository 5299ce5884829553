/** The sweep over all shards of a data stream, whoever reads them. */
import { inTurns } from "../streams/in-turns.ts";
import type { StreamStore } from "../streams/store.ts";
import { type DataStream, dataShardKey } from "../streams/stream.ts";
import { type SweepPorts, sweepShard } from "./sweep.ts";

export interface DataStreamSweepPorts<Plan> extends SweepPorts<Plan> {
  readonly dataStreams: Pick<StreamStore, "shards">;
  /** One shard in trouble keeps nobody else waiting; it is told here. */
  readonly reportFailure: (place: string, error: unknown) => void;
}

/** Returns whether anything waits for a reader, or may, for what could not be looked at counts as open. */
export function sweepDataStream<Plan>(
  ports: DataStreamSweepPorts<Plan>,
  stream: Pick<DataStream, "name" | "generation">,
): Promise<boolean> {
  return tried(ports, dataShardKey(stream, 0), async () => {
    const shards = await ports.dataStreams.shards(stream);
    const open = await inTurns(shards, ({ index }) => {
      const shard = dataShardKey(stream, index);
      return tried(ports, shard, () => sweepShard(ports, shard));
    });
    return open.includes(true);
  });
}

/** What fails counts as open. */
export async function tried(
  { reportFailure }: Pick<DataStreamSweepPorts<never>, "reportFailure">,
  place: string,
  look: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await look();
  } catch (error) {
    reportFailure(place, error);
    return true;
  }
}
