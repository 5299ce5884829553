/** The mappings of a run, made and changed by the operations that a user calls. */
import { ServiceError } from "../../../src/errors.ts";
import { dataStreamArn } from "../../../src/operations/arn.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import { createEventSourceMapping } from "../../../src/operations/hydrant/create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "../../../src/operations/hydrant/delete-event-source-mapping.ts";
import { updateEventSourceMapping } from "../../../src/operations/hydrant/update-event-source-mapping.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { InjectedFault } from "../faults.ts";
import type { RecordKind } from "./history.ts";
import { contextOf, STREAM_NAME } from "./ports.ts";
import type { ConsumerWorld } from "./world.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";
const BUCKET_ARN = "arn:aws:s3:::failures";
const WANTED = [["plain", "poison"], ["other"]] as const;
/** A user tries again when a call fails. */
const ATTEMPTS_MAX_COUNT = 6;
const BUSY_PAUSE_MS = 1000;
/** How soon to try again to make a mapping; those before it may still be on their way out. */
const AGAIN_MS = 3000;
/** How long a user waits before making a mapping like one that was removed. */
const REMADE_AFTER_MAX_MS = 15_000;
/** What an update leaves as it is. */
const LEFT_SHARE = 0.4;

/** What an update may change as well. */
function drawOptions({ random, aggregates }: ConsumerWorld) {
  const pick = picker(random.fraction);
  const filter = (kinds: readonly RecordKind[]) => ({
    Filters: [{ Pattern: JSON.stringify({ data: { kind: kinds } }) }],
  });
  return {
    BatchSize: pick(1, 2, 3, 5, 100),
    MaximumBatchingWindowInSeconds: pick(0, 0, 0, 2, 8),
    ParallelizationFactor: pick(1, 1, 2, 3),
    BisectBatchOnFunctionError: pick(false, true),
    TumblingWindowInSeconds: pick(0, 0, 0, 5, 20),
    DestinationConfig: {
      OnFailure: { Destination: pick("", "", QUEUE_ARN, QUEUE_ARN, BUCKET_ARN) },
    },
    // Nothing can be told of an aggregate that comes whole.
    ...(aggregates === "either"
      ? { Deaggregate: pick(false, true) }
      : { FilterCriteria: pick({ Filters: [] }, { Filters: [] }, ...WANTED.map(filter)) }),
  };
}

function drawLimits({ random }: ConsumerWorld) {
  const pick = picker(random.fraction);
  return {
    MaximumRetryAttempts: pick(-1, 0, 1, 2, 3),
    MaximumRecordAgeInSeconds: pick(-1, -1, -1, 60, 100),
  };
}

function picker(fraction: () => number) {
  return <const Item>(...items: readonly Item[]): Item =>
    items[Math.floor(fraction() * items.length)] as Item;
}

/** The mapping of that number, until it stands, or for as long as users do anything. */
export async function createMapping(world: ConsumerWorld, number: number): Promise<void> {
  const { random, functions, scheduler, aggregates } = world;
  const pick = picker(random.fraction);
  const limits = drawLimits(world);
  const reportsItemFailures = random.fraction() < 0.5;
  const startsAt = number === 0 ? "TRIM_HORIZON" : pick("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP");
  const request = {
    ...(aggregates === "apart" && { Deaggregate: true }),
    ...drawOptions(world),
    ...limits,
    EventSourceArn: dataStreamArn({ accountId: ACCOUNT_ID, region: REGION }, STREAM_NAME),
    FunctionName: `count-${number}`,
    StartingPosition: startsAt,
    ...(startsAt === "AT_TIMESTAMP" && {
      StartingPositionTimestamp: new Date(scheduler.now() - random.fraction() * 60_000),
    }),
    ...(reportsItemFailures && {
      FunctionResponseTypes: ["ReportBatchItemFailures" as const],
    }),
    Enabled: random.fraction() < 0.9,
  };
  const isLimited = limits.MaximumRetryAttempts >= 0 || limits.MaximumRecordAgeInSeconds > 0;
  const shape = {
    number,
    reportsItemFailures,
    poisonCount: isLimited && random.fraction() < 0.7 ? Infinity : pick(1, 3, 6),
    namesPoison: reportsItemFailures && random.fraction() < 0.7,
  };
  const isMade = await asUser(world, async (context) => {
    // The function is there before its mapping.
    const { create } = context.mappings;
    const mappings: MappingContext["mappings"] = {
      ...context.mappings,
      create(mapping) {
        functions.set(mapping.uuid, shape);
        return create(mapping);
      },
    };
    await createEventSourceMapping.handle(request, { ...context, mappings });
  });
  if (!isMade) wantMapping(world, number, AGAIN_MS);
}

export function wantMapping(world: ConsumerWorld, number: number, delayMs: number): void {
  world.scheduler.after(undefined, delayMs, `mapping ${number} is wanted`, () => {
    if (world.isOpen()) void createMapping(world, number);
  });
}

/** Disables, enables, changes or removes one of the mappings. */
export async function changeAny(world: ConsumerWorld): Promise<void> {
  const { random, twins } = world;
  const known = await twins.mappings.list({ limit: 100 });
  const mapping = known[Math.floor(random.fraction() * known.length)];
  if (mapping === undefined) return;
  const chance = random.fraction();
  if (chance < 0.15) return removeMapping(world, mapping.uuid);
  const change =
    chance < 0.4
      ? { Enabled: mapping.status === "disabled" }
      : chance < 0.7 && world.aggregates === "either"
        ? { Deaggregate: !mapping.deaggregates }
        : changedOptions(world, mapping);
  await asUser(world, async (context) => {
    await updateEventSourceMapping.handle({ UUID: mapping.uuid, ...change }, context);
  });
}

/** Mostly to make another one for the same function. */
async function removeMapping(world: ConsumerWorld, UUID: string): Promise<void> {
  const { random, functions } = world;
  const isRemade = random.fraction() < 0.8;
  await asUser(world, async (context) => {
    await deleteEventSourceMapping.handle({ UUID }, context);
  });
  if (isRemade) {
    wantMapping(world, functions.get(UUID)!.number, random.fraction() * REMADE_AFTER_MAX_MS);
  }
}

/** Those that read what had the stream's name before it. */
export async function replaceMappings(
  world: ConsumerWorld,
  { generation }: { readonly generation: string },
): Promise<void> {
  for (const { uuid, streamGeneration } of await world.twins.mappings.list({ limit: 100 })) {
    if (streamGeneration !== generation) await removeMapping(world, uuid);
  }
}

function changedOptions(
  world: ConsumerWorld,
  { uuid, maximumRetryCount }: { readonly uuid: string; readonly maximumRetryCount?: number },
): object {
  const { random, functions } = world;
  const options = Object.entries(drawOptions(world)).filter(() => random.fraction() > LEFT_SHARE);
  const limits = drawLimits(world);
  const isUnlimited = limits.MaximumRetryAttempts < 0 && limits.MaximumRecordAgeInSeconds < 0;
  // Poison that is never digested needs a limit.
  const needsLimit = functions.get(uuid)?.poisonCount === Infinity;
  return {
    ...Object.fromEntries(options),
    ...limits,
    ...(isUnlimited && needsLimit && { MaximumRetryAttempts: maximumRetryCount ?? 1 }),
  };
}

/** Nobody may leave a mapping disabled at the end. */
export async function enableAll(world: ConsumerWorld): Promise<void> {
  for (const { uuid: UUID, status } of await world.twins.mappings.list({ limit: 100 })) {
    if (status !== "disabled") continue;
    await asUser(world, async (context) => {
      await updateEventSourceMapping.handle({ UUID, Enabled: true }, context);
    });
  }
}

/** Whether it was done, as far as the user was told. */
async function asUser(
  world: ConsumerWorld,
  act: (context: MappingContext) => Promise<void>,
): Promise<boolean> {
  const process = world.spawn("admin");
  const context = contextOf(process, world);
  let isDone = false;
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT && !isDone; attempt++) {
    try {
      await act(context);
      isDone = true;
    } catch (error) {
      // It is there already, gone, or in the midst of another change.
      if (error instanceof ServiceError) break;
      if (!(error instanceof InjectedFault)) world.surprise(error);
      // What is busy now is busy at once afterwards, too.
      if (world.capacity) await context.clock.sleep(BUSY_PAUSE_MS);
    }
  }
  world.end(process);
  return isDone;
}
