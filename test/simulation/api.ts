/** The processes that take records: the real appends, with a group commit and a cache of their own each. */
import { laneMeter } from "../../src/delivery/lane-meter.ts";
import { createAppender } from "../../src/log/append.ts";
import { createBlockSeals } from "../../src/log/block-seals.ts";
import type { ProducerRequest } from "../../src/log/record.ts";
import {
  type AppendRecordsResult,
  appendRecords,
} from "../../src/operations/firehose/append-records.ts";
import { streamCache } from "../../src/operations/stream-cache.ts";
import type { Process } from "./scheduler.ts";
import type { World } from "./world.ts";

export interface Api {
  readonly process: Process;
  put(
    name: string,
    data: readonly Uint8Array[],
    request: ProducerRequest | undefined,
  ): Promise<AppendRecordsResult>;
}

export const ACCOUNT_ID = "000000000000";
export const REGION = "us-east-1";

export function startApi(world: World): Api {
  const { scheduler, random, mutant } = world;
  const process = world.spawn("api");
  const clock = scheduler.clockOf(process);
  const { log: truth, bodies, proofs, keys, deliveryStreams } = world.portsOf(process);
  const seals = createBlockSeals(keys, clock, random);
  const meter = laneMeter(clock);
  const ports = { log: meter.watch(truth), bodies, proofs, clock, random };
  const appender = createAppender(mutant.appendPorts?.(ports) ?? ports);
  const cache = streamCache(deliveryStreams, clock);
  return {
    process,
    put: (name, data, request) =>
      appendRecords(
        name,
        data.map((bytes) => ({ data: bytes })),
        {
          accountId: ACCOUNT_ID,
          region: REGION,
          clock,
          random,
          appender,
          seals: mutant.seals?.(seals) ?? seals,
          streamCache: cache,
          deliveryStreams,
          laneMeter: meter,
          laneBounds: world.laneBounds,
          ...(request && { producerRequest: request }),
        },
      ),
  };
}
