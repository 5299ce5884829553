/** The mappings of a run, made and changed by the operations that a user calls. */
import { ServiceError } from "../../../src/errors.ts";
import { dataStreamArn } from "../../../src/operations/arn.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import { createEventSourceMapping } from "../../../src/operations/hydrant/create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "../../../src/operations/hydrant/delete-event-source-mapping.ts";
import { updateEventSourceMapping } from "../../../src/operations/hydrant/update-event-source-mapping.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { InjectedFault } from "../faults.ts";
import { contextOf } from "./ports.ts";
import { STREAM_NAME } from "./streams.ts";
import type { ConsumerWorld } from "./world.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";
const FILTER = { Filters: [{ Pattern: '{"data":{"kind":["plain","poison"]}}' }] };
/** A user tries again when a call fails. */
const ATTEMPTS_MAX_COUNT = 6;

/** What an update may change as well. */
function drawOptions({ random }: ConsumerWorld) {
  const pick = picker(random.fraction);
  return {
    BatchSize: pick(1, 2, 3, 5, 100),
    MaximumBatchingWindowInSeconds: pick(0, 0, 0, 2, 8),
    ParallelizationFactor: pick(1, 1, 2, 3),
    BisectBatchOnFunctionError: pick(false, true),
    MaximumRetryAttempts: pick(-1, 0, 1, 2, 3),
    MaximumRecordAgeInSeconds: pick(-1, -1, -1, 60, 100),
  };
}

function picker(fraction: () => number) {
  return <const Item>(...items: readonly Item[]): Item =>
    items[Math.floor(fraction() * items.length)] as Item;
}

/** In the background: a user is in no hurry. */
export async function createMapping(
  world: ConsumerWorld,
  { number, deaggregates }: { readonly number: number; readonly deaggregates: boolean },
): Promise<void> {
  const { random, functions, scheduler } = world;
  const pick = picker(random.fraction);
  const options = drawOptions(world);
  const reportsItemFailures = random.fraction() < 0.5;
  const startsAt = number === 0 ? "TRIM_HORIZON" : pick("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP");
  const request = {
    ...options,
    EventSourceArn: dataStreamArn({ accountId: ACCOUNT_ID, region: REGION }, STREAM_NAME),
    FunctionName: `count-${number}`,
    StartingPosition: startsAt,
    ...(startsAt === "AT_TIMESTAMP" && {
      StartingPositionTimestamp: new Date(scheduler.now() - random.fraction() * 60_000),
    }),
    ...(random.fraction() < 0.6 && {
      DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } },
    }),
    ...(random.fraction() < 0.3 && { FilterCriteria: FILTER }),
    ...(reportsItemFailures && {
      FunctionResponseTypes: ["ReportBatchItemFailures" as const],
    }),
    TumblingWindowInSeconds: pick(0, 0, 0, 5, 20),
    Deaggregate: deaggregates,
    Enabled: random.fraction() < 0.9,
  };
  const isLimited = options.MaximumRetryAttempts >= 0 || options.MaximumRecordAgeInSeconds > 0;
  const shape = {
    reportsItemFailures,
    poisonCount: isLimited && random.fraction() < 0.7 ? Infinity : pick(1, 3, 6),
    namesPoison: reportsItemFailures && random.fraction() < 0.7,
  };
  await asUser(world, async (context) => {
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
}

/** Disables, enables, changes or removes one of the mappings. */
export async function changeAny(world: ConsumerWorld): Promise<void> {
  const { random, twins } = world;
  const known = await twins.mappings.list({ limit: 100 });
  const mapping = known[Math.floor(random.fraction() * known.length)];
  if (mapping === undefined) return;
  const { uuid: UUID, status } = mapping;
  const chance = random.fraction();
  await asUser(world, async (context) => {
    if (chance < 0.1) await deleteEventSourceMapping.handle({ UUID }, context);
    else if (chance < 0.5) {
      const Enabled = status === "disabled";
      await updateEventSourceMapping.handle({ UUID, Enabled }, context);
    } else {
      await updateEventSourceMapping.handle({ UUID, ...changedOptions(world, mapping) }, context);
    }
  });
}

/** Poison that is never digested needs a limit. */
function changedOptions(
  world: ConsumerWorld,
  { uuid, maximumRetryCount }: { readonly uuid: string; readonly maximumRetryCount?: number },
): object {
  const options = drawOptions(world);
  const isUnlimited = options.MaximumRetryAttempts < 0 && options.MaximumRecordAgeInSeconds < 0;
  const needsLimit = world.functions.get(uuid)?.poisonCount === Infinity;
  if (!isUnlimited || !needsLimit) return options;
  return { ...options, MaximumRetryAttempts: maximumRetryCount ?? 1 };
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

async function asUser(
  world: ConsumerWorld,
  act: (context: MappingContext) => Promise<void>,
): Promise<void> {
  const process = world.spawn("admin");
  const context = contextOf(process, world);
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
    try {
      await act(context);
      break;
    } catch (error) {
      // It is there already, gone, or in the midst of another change.
      if (error instanceof ServiceError) break;
      if (!(error instanceof InjectedFault)) world.surprise(error);
    }
  }
  world.end(process);
}
