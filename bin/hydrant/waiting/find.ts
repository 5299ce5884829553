/**
 * What was acknowledged and waits, in all of a deployment: of each delivery stream and each event source mapping, as
 * their readers and the log say. Readers that Hydrant does not know of, those that call GetRecords, are not counted,
 * nor are replays and redrives, which deliver what was delivered. What has expired may be, as long as nothing came behind it.
 */
import type { MappingStore } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { EventSourceMapping } from "../../../src/consumer/mapping.ts";
import { shardProgress } from "../../../src/consumer/shard-progress.ts";
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
  readonly deliveryStreams: Pick<DeliveryStreamStore, "get" | "list">;
  readonly mappings: Pick<MappingStore, "list">;
  readonly deliveryReaders: Pick<ReaderStore<DeliveryPlan>, "get">;
  readonly consumerReaders: Pick<ReaderStore<Progress>, "get">;
}

const PAGE_COUNT = 100;

/** Of those that nothing waits for, nothing. */
export async function findWaiting(ports: WaitingPorts): Promise<readonly Waiting[]> {
  const deliveries = await ofAll(
    (options) => ports.deliveryStreams.list(options),
    (name) => name,
    (name) => ofDeliveryStream(ports, name),
  );
  const consumers = await ofAll(
    (options) => ports.mappings.list(options),
    ({ uuid }) => uuid,
    (mapping) => ofMapping(ports, mapping),
  );
  return [...deliveries, ...consumers].filter(({ recordCount }) => recordCount > 0);
}

async function ofAll<Listed>(
  list: (options: {
    readonly after?: string;
    readonly limit: number;
  }) => Promise<readonly Listed[]>,
  markOf: (listed: Listed) => string,
  look: (listed: Listed) => Promise<readonly Waiting[]>,
): Promise<readonly Waiting[]> {
  const found: Waiting[] = [];
  for (let after: string | undefined; ;) {
    const page = await list({ ...(after !== undefined && { after }), limit: PAGE_COUNT });
    for (const listed of page) found.push(...(await look(listed)));
    if (page.length < PAGE_COUNT) return found;
    after = markOf(page.at(-1)!);
  }
}

async function ofDeliveryStream(ports: WaitingPorts, name: string): Promise<readonly Waiting[]> {
  const stream = await ports.deliveryStreams.get(name);
  if (stream === undefined) return [];
  const rows = await deliveryProgress({ ...ports, readers: ports.deliveryReaders }, stream);
  return rows.map(({ kind, recordsWaiting, oldestAgeMs }) => ({
    reader: `delivery stream ${name}${kind === "backup" ? " (backup)" : ""}`,
    recordCount: recordsWaiting,
    oldestAgeMs,
  }));
}

async function ofMapping(
  ports: WaitingPorts,
  mapping: EventSourceMapping,
): Promise<readonly Waiting[]> {
  const { log, clock, dataStreams, consumerReaders: readers } = ports;
  const stream = { name: mapping.streamName, generation: mapping.streamGeneration };
  const horizonMs = await trimHorizonOf(dataStreams, stream, clock.now());
  const shards = await inTurns(await dataStreams.shards(stream), ({ index }) =>
    shardProgress({ log, readers, clock }, dataShardKey(stream, index), mapping, horizonMs),
  );
  const read = shards.filter((shard) => shard !== undefined);
  const name = mapping.functionArn.replace(/^.*?:function:/, "");
  return [
    {
      reader: `event source mapping ${mapping.streamName} -> ${name}`,
      recordCount: read.reduce((sum, { recordsBehind }) => sum + recordsBehind, 0),
      oldestAgeMs: Math.max(0, ...read.map(({ iteratorAgeMs }) => iteratorAgeMs)),
    },
  ];
}
