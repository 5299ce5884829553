/**
 * What was acknowledged and waits, in all of a deployment: of each delivery stream and each event source mapping, as
 * their readers and the log say. Readers that Hydrant does not know of, those that call GetRecords, are not counted,
 * nor are replays and redrives, which deliver what was delivered. What has expired may be, as long as nothing came behind it.
 */
import type { MappingStore } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { EventSourceMapping } from "../../../src/consumer/mapping.ts";
import { shardProgress } from "../../../src/consumer/shard-progress.ts";
import { allMappings } from "../../../src/consumer/sweep-mappings.ts";
import { allDeliveryStreams } from "../../../src/delivery/all-streams.ts";
import type { DeliveryStream } from "../../../src/delivery/delivery-stream.ts";
import type { DeliveryPlan } from "../../../src/delivery/plan.ts";
import type { DeliveryStreamStore } from "../../../src/delivery/ports.ts";
import { deliveryProgress, type DeliveryProgressPorts } from "../../../src/delivery/progress.ts";
import type { ReaderStore } from "../../../src/readers/store.ts";
import { inTurns } from "../../../src/streams/in-turns.ts";
import { trimHorizonOf } from "../../../src/streams/retention.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";

export interface Waiting {
  /** `delivery stream access-logs`, `event source mapping clicks -> resize` */
  readonly reader: string;
  readonly recordCount: number;
  /** How long ago the oldest of them arrived. */
  readonly oldestAgeMs: number;
}

export interface WaitingPorts extends Omit<DeliveryProgressPorts, "readers"> {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly mappings: Pick<MappingStore, "list">;
  readonly deliveryReaders: Pick<ReaderStore<DeliveryPlan>, "get">;
  readonly consumerReaders: Pick<ReaderStore<Progress>, "get">;
}

/** Of those that nothing waits for, nothing. */
export async function findWaiting(ports: WaitingPorts): Promise<readonly Waiting[]> {
  const found: Waiting[] = [];
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    for (const stream of streams) found.push(...(await ofDeliveryStream(ports, stream)));
  }
  for (const mapping of await allMappings(ports.mappings)) {
    found.push(await ofMapping(ports, mapping));
  }
  return found.filter(({ recordCount }) => recordCount > 0);
}

async function ofDeliveryStream(
  ports: WaitingPorts,
  stream: DeliveryStream,
): Promise<readonly Waiting[]> {
  const rows = await deliveryProgress({ ...ports, readers: ports.deliveryReaders }, stream);
  return rows.map(({ kind, recordsWaiting, oldestAgeMs }) => ({
    reader: `delivery stream ${stream.name}${kind === "backup" ? " (backup)" : ""}`,
    recordCount: recordsWaiting,
    oldestAgeMs,
  }));
}

async function ofMapping(ports: WaitingPorts, mapping: EventSourceMapping): Promise<Waiting> {
  const { log, clock, dataStreams, consumerReaders: readers } = ports;
  const stream = { name: mapping.streamName, generation: mapping.streamGeneration };
  const horizonMs = await trimHorizonOf(dataStreams, stream, clock.now());
  const shards = await inTurns(await dataStreams.shards(stream), ({ index }) =>
    shardProgress({ log, readers, clock }, dataShardKey(stream, index), mapping, horizonMs),
  );
  const read = shards.filter((shard) => shard !== undefined);
  const name = mapping.functionArn.replace(/^.*?:function:/, "");
  return {
    reader: `event source mapping ${mapping.streamName} -> ${name}`,
    recordCount: read.reduce((sum, { recordsBehind }) => sum + recordsBehind, 0),
    oldestAgeMs: Math.max(0, ...read.map(({ iteratorAgeMs }) => iteratorAgeMs)),
  };
}
