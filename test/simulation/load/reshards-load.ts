/**
 * A stream that is resharded as often as AWS allows, all of it, for days: what it costs a day must depend on what is
 * alive, never on its history. A few records an hour and one consumer see to it that shards are not empty.
 */
import { ServiceError } from "../../../src/errors.ts";
import { putRecords } from "../../../src/operations/kinesis/put-records.ts";
import { updateShardCount } from "../../../src/operations/kinesis/update-shard-count.ts";
import { initialShards } from "../../../src/streams/shard-map.ts";
import { newDataStream } from "../../helpers/data-stream.ts";
import { NO_CONSUMER_MUTANT } from "../consumers/mutant.ts";
import { contextOf, STREAM_NAME } from "../consumers/ports.ts";
import { sweep } from "../consumers/workers.ts";
import { createConsumerWorld } from "../consumers/world.ts";
import { InjectedFault } from "../faults.ts";
import { startSweeping } from "../sweeping.ts";
import { createMapping, spentSince } from "./shard-load.ts";
import { createLoad, every, runFor } from "./stage.ts";

export interface ReshardsLoad {
  /** At most; every other change halves it. */
  readonly shardCount: number;
  readonly days: number;
}

export interface ReshardsFigures {
  readonly shardCount: number;
  readonly reshardCount: number;
  /** That were refused, as when the one before still goes on. */
  readonly refusedCount: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly putCount: number;
  readonly handledCount: number;
  readonly openedShardCount: number;
  readonly days: readonly {
    readonly writeUnits: number;
    readonly readUnits: number;
    /** Items that stand in the evening, open and closed. */
    readonly shardItemCount: number;
  }[];
}

const HOUR_MS = 3_600_000;
/** A little less than ten a day, which AWS allows. */
const RESHARD_EVERY_MS = 145 * 60_000;
const RECORDS_PER_HOUR = 20;

export async function loadReshards({ shardCount, days }: ReshardsLoad): Promise<ReshardsFigures> {
  const book = createLoad({ processCount: 2 });
  const world = createConsumerWorld({
    seed: 1,
    weather: "calm",
    mutant: NO_CONSUMER_MUTANT,
    isLimited: true,
    load: book.stage,
  });
  const { scheduler, twins, random } = world;
  const stream = newDataStream(STREAM_NAME, shardCount, scheduler.now());
  await twins.dataStreams.create(stream);
  await twins.dataStreams.addShards(stream, initialShards(shardCount, scheduler.now()));
  startSweeping(world, (process) => sweep(world, process));
  await createMappingIn(world);

  let putCount = 0;
  const stopPutting = every(world, HOUR_MS, async () => {
    const { context } = world.pickApi();
    const Records = Array.from({ length: RECORDS_PER_HOUR }, () => ({
      PartitionKey: String(random.fraction()),
      Data: Buffer.from("x"),
    }));
    try {
      const { FailedRecordCount } = await putRecords.handle(
        { StreamName: STREAM_NAME, Records },
        context,
      );
      putCount += RECORDS_PER_HOUR - FailedRecordCount;
    } catch (error) {
      book.fails(error);
    }
  });

  let reshardCount = 0;
  let refusedCount = 0;
  const stopResharding = every(world, RESHARD_EVERY_MS, async () => {
    const process = world.spawn("owner");
    const target = reshardCount % 2 === 0 ? shardCount / 2 : shardCount;
    try {
      const request = {
        StreamName: STREAM_NAME,
        TargetShardCount: target,
        ScalingType: "UNIFORM_SCALING",
      } as const;
      await updateShardCount.handle(request, contextOf(process, world));
      reshardCount += 1;
    } catch (error) {
      if (!(error instanceof ServiceError || error instanceof InjectedFault)) throw error;
      refusedCount += 1;
    }
    world.end(process);
  });

  const capacity = world.capacity!;
  const figures: ReshardsFigures["days"][number][] = [];
  let before = capacity.figures();
  for (let day = 0; day < days; day++) {
    await runFor(world, 24 * HOUR_MS);
    // DynamoDB's own, and free.
    twins.memory.expire(scheduler.now());
    twins.proofs.expire(scheduler.now());
    const { writeUnits, readUnits } = spentSince(before, capacity.figures());
    before = capacity.figures();
    const shards = await twins.dataStreams.shards(stream);
    figures.push({ writeUnits, readUnits, shardItemCount: shards.length });
  }
  stopPutting();
  stopResharding();
  await runFor(world, HOUR_MS);
  world.finish();
  const standing = await twins.dataStreams.get(STREAM_NAME);
  return {
    shardCount,
    reshardCount,
    refusedCount,
    errors: book.errors,
    putCount,
    handledCount: book.handled.records,
    openedShardCount: standing!.nextShardIndex,
    days: figures,
  };
}

async function createMappingIn(world: Parameters<typeof createMapping>[0]): Promise<void> {
  let isMade = false;
  void createMapping(world, 0).then(() => (isMade = true));
  await world.scheduler.run({ isOver: () => isMade });
}
