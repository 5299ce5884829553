/**
 * A data stream and delivery streams that read it, over the memory twins: records are put as PutRecords puts them,
 * and whoever has work is woken by the real doorbell until nobody has.
 */
import { deliver, type DeliverPorts } from "../../../../src/delivery/deliver.ts";
import type { DeliveryStream, S3Destination } from "../../../../src/delivery/delivery-stream.ts";
import {
  createWithSource,
  type SourceLifecyclePorts,
} from "../../../../src/delivery/source/lifecycle.ts";
import { hashKeyOf } from "../../../../src/log/hash-key.ts";
import type { WakeUp } from "../../../../src/readers/store.ts";
import { answerDoorbell } from "../../../../src/readers/wake.ts";
import type { MemoryFunction } from "../../../../src/storage/memory/invoker.ts";
import { putIntoStream } from "../../../../src/streams/put.ts";
import { openShards } from "../../../../src/streams/shard-map.ts";
import { world } from "../../streams/reshard-world.ts";
import { DESTINATION, deliveryPorts } from "../delivery-ports.ts";

export const RETENTION_MS = 86_400_000;

export interface PutRecord {
  readonly key: string;
  readonly data: string | Uint8Array;
}

export async function sourceWorld(shardCount: number, fn: MemoryFunction = () => ({})) {
  const made = await world(shardCount);
  const { clock, log, dataStreams, stream: dataStream, view } = made;
  const ports = deliveryPorts(made, fn);
  const { deliveryStreams, objects, random, readers } = ports;
  const lifecycle: SourceLifecyclePorts = {
    ...ports,
    view: async (name) => (await dataStreams.get(name)) && view(),
  };
  const keys = async () => (await made.shards()).map(({ index }) => made.keyOf(index));

  function deliveryStream(over: Partial<S3Destination> = {}, name = "archive"): DeliveryStream {
    return {
      name,
      generation: Buffer.from(random.bytes(8)).toString("hex"),
      versionId: 1,
      createdAtMs: clock.now(),
      source: {
        streamName: dataStream.name,
        streamGeneration: dataStream.generation,
        roleArn: DESTINATION.roleArn,
        startedAtMs: clock.now(),
      },
      transition: { kind: "creating", sinceMs: clock.now() },
      destination: { ...DESTINATION, prefix: "", delimiter: "\n", ...over },
    };
  }

  return {
    ...made,
    ...ports,
    ports,
    lifecycle,
    keys,
    deliveryStream,
    async create(over: Partial<S3Destination> = {}, name = "archive"): Promise<DeliveryStream> {
      const stream = deliveryStream(over, name);
      await createWithSource(lifecycle, stream, await view());
      return (await deliveryStreams.get(name))!;
    },
    async put(records: readonly PutRecord[]): Promise<void> {
      const placeable = records.map(({ key, data }, at) => ({
        at,
        record: { data: Buffer.from(data), partitionKey: key },
        hashKey: hashKeyOf(key),
      }));
      const outcomes = await putIntoStream(
        { ...ports, refresh: view },
        await view(),
        placeable,
        undefined,
      );
      if (outcomes === "gone" || !outcomes.every(({ kind }) => kind === "stored")) {
        throw new Error("not everything was stored");
      }
    },
    async mergeFirstTwo(): Promise<void> {
      const [lower, upper] = openShards(await made.shards());
      await made.merge(lower!.index, upper!.index);
    },
    /** Rings for every shard and serves who is woken, in any order, until nobody is any more. */
    async settle(change: Partial<DeliverPorts> = {}): Promise<void> {
      const waiting: (WakeUp & { readonly delaySeconds: number })[] = [];
      const queue = {
        async send(wakeUp: WakeUp, delaySeconds: number) {
          waiting.push({ ...wakeUp, delaySeconds });
        },
      };
      const sweep = { callFor: () => Promise.resolve() };
      for (let round = 0; round < 1000; round++) {
        for (const key of await keys()) {
          await answerDoorbell({ log, readers, queue, sweep, clock }, key, clock.now());
        }
        const [next] = waiting.splice(Math.floor(random.fraction() * waiting.length), 1);
        if (next === undefined) return;
        const { delaySeconds, ...wakeUp } = next;
        await clock.sleep(delaySeconds * 1000);
        await serve(wakeUp, change);
      }
      throw new Error("it does not come to rest");
    },
    serve,
    /** The readers of every shard. */
    readerIds: async () =>
      (await Promise.all((await keys()).map((key) => readers.list(key))))
        .flat()
        .map(({ shard, readerId }) => `${shard} ${readerId}`),
    /** What was delivered, by object, in the order it was written. */
    contents: (bucket = "logs") =>
      objects
        .list()
        .filter((object) => object.bucket === bucket)
        .map(({ key, body }) => ({ key, lines: linesOf(Buffer.from(body)) })),
  };

  async function serve(wakeUp: WakeUp, change: Partial<DeliverPorts> = {}): Promise<void> {
    for (let receiveCount = 1; receiveCount < 20; receiveCount++) {
      const result = await deliver(
        { ...ports, ...change },
        {
          wakeUp,
          messageId: "message",
          isRepeated: receiveCount > 1,
          deadlineMs: clock.now() + 900_000,
          backOffMs: 1000,
        },
      );
      if (result.kind === "done") return;
      if (result.error !== undefined) throw new Error("it failed", { cause: result.error });
      await clock.sleep(Math.max(0, result.atMs - clock.now()));
    }
    throw new Error("it is never done");
  }
}

function linesOf(body: Buffer): string[] {
  return body.toString().split("\n").slice(0, -1);
}
