/** The operations of mappings over the memory twins, beside those of Kinesis. */
import { type LifecyclePorts, settleMapping } from "../../../../src/consumer/lifecycle.ts";
import type { Progress } from "../../../../src/consumer/progress.ts";
import type { HydrantContext, OperationContext } from "../../../../src/operations/context.ts";
import { hydrantService } from "../../../../src/operations/hydrant/index.ts";
import type { DeliveryPlan } from "../../../../src/delivery/plan.ts";
import type { ReaderStore } from "../../../../src/readers/store.ts";
import { memoryDeliveryNotes } from "../../../../src/storage/memory/delivery-notes.ts";
import { memoryInvoker } from "../../../../src/storage/memory/invoker.ts";
import { memoryMappings } from "../../../../src/storage/memory/mappings.ts";
import type { MemoryProofs } from "../../../../src/storage/memory/proofs.ts";
import { memoryTables } from "../../../../src/storage/memory/tables.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import {
  type Answer,
  arnOf,
  caller,
  harness as kinesisHarness,
  NOW_MS,
  REGION,
  TRANSITION_MS,
} from "../kinesis/harness.ts";

export const STREAM_ARN = arnOf("clicks");
/** When the stream is there and nothing else has happened. */
export const CREATED_SECONDS = (NOW_MS + TRANSITION_MS) / 1000;
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:123456789012:function:clean`;

export async function harness(
  overrides: Partial<OperationContext & HydrantContext> = {},
  ofKinesis: Partial<OperationContext> = {},
  log?: Parameters<typeof kinesisHarness>[1],
) {
  const made = kinesisHarness(ofKinesis, log);
  await made.create("clicks", { ShardCount: 2 });
  const mappings = memoryMappings();
  const readers = memoryReaders<Progress>();
  const sent: string[] = [];
  const mappingQueue = {
    async send(uuid: string) {
      sent.push(uuid);
    },
  };
  const deliveryNotes = memoryDeliveryNotes();
  const context = {
    ...made.context,
    mappings,
    mappingQueue,
    consumerReaders: readers,
    deliveryReaders: made.context.readers as ReaderStore<DeliveryPlan>,
    deliveryNotes,
    proofIndex: made.context.append.proofs as MemoryProofs,
    tables: memoryTables(),
    assumableRoles: [],
    invoker: memoryInvoker({}),
    deliverQueue: { send: async () => {} },
    ...overrides,
  };
  const lifecycle: LifecyclePorts = { ...context, readers };
  const call = caller(hydrantService, context);
  return {
    ...made,
    context,
    callKinesis: made.call,
    call,
    mappings,
    readers,
    deliveryNotes,
    lifecycle,
    sent,
    create: (members: object = {}) =>
      call("CreateEventSourceMapping", {
        EventSourceArn: STREAM_ARN,
        FunctionName: "clean",
        StartingPosition: "LATEST",
        ...members,
      }),
    /** Does what the queue was told. */
    async settle(): Promise<void> {
      for (const uuid of sent.splice(0)) await settleMapping(lifecycle, uuid);
    },
  };
}

/** With one mapping, that is Enabled unless asked for otherwise. */
export async function createdMapping(members: object = {}) {
  const made = await harness();
  const { value } = await made.create(members);
  await made.settle();
  const UUID: string = value.UUID;
  return {
    ...made,
    UUID,
    get: async () => (await made.call("GetEventSourceMapping", { UUID })).value,
    update: (change: object) => made.call("UpdateEventSourceMapping", { UUID, ...change }),
  };
}

export const NOT_FOUND: Answer = {
  error: {
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  },
};

export function invalidParameter(message: string): Answer {
  return { error: { name: "InvalidParameterValueException", message } };
}
