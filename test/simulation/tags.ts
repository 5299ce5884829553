/** Tags of delivery streams, set, taken away and listed while all else about the streams changes, too. */
import { ServiceError } from "../../src/errors.ts";
import type { DeliveryStreamContext } from "../../src/operations/context.ts";
import { listTagsForDeliveryStream } from "../../src/operations/firehose/list-tags-for-delivery-stream.ts";
import { tagDeliveryStream } from "../../src/operations/firehose/tag-delivery-stream.ts";
import { untagDeliveryStream } from "../../src/operations/firehose/untag-delivery-stream.ts";
import { streamCache } from "../../src/operations/stream-cache.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { ACCOUNT_ID, REGION } from "./api.ts";
import { InjectedFault } from "./faults.ts";
import type { Process } from "./scheduler.ts";
import type { World } from "./world.ts";

/** More than a stream may have. */
const KEYS_COUNT = 70;
const SET_MAX_COUNT = 30;
const UNSET_MAX_COUNT = 15;
const LIST_SHARE = 0.25;
const UNSET_SHARE = 0.3;

/** By the operations themselves. */
export async function tagOne(world: World, name: string): Promise<void> {
  const { random, note } = world;
  const process = world.spawn("tagger");
  const context = contextOf(world, process);
  const call = process.name;
  const draw = random.fraction();
  try {
    if (draw < LIST_SHARE) {
      note({ kind: "tagging", call, name });
      const asked = { DeliveryStreamName: name };
      const { Tags } = await listTagsForDeliveryStream.handle(asked, context);
      const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      note({ kind: "tagged", call, answer: { kind: "listed", tags } });
    } else if (draw < LIST_SHARE + UNSET_SHARE) {
      const unset = drawKeys(world, UNSET_MAX_COUNT);
      note({ kind: "tagging", call, name, unset });
      await untagDeliveryStream.handle({ DeliveryStreamName: name, TagKeys: unset }, context);
      note({ kind: "tagged", call, answer: { kind: "done" } });
    } else {
      const keys = drawKeys(world, SET_MAX_COUNT);
      note({
        kind: "tagging",
        call,
        name,
        set: Object.fromEntries(keys.map((key) => [key, call])),
      });
      const Tags = keys.map((Key) => ({ Key, Value: call }));
      await tagDeliveryStream.handle({ DeliveryStreamName: name, Tags }, context);
      note({ kind: "tagged", call, answer: { kind: "done" } });
    }
  } catch (error) {
    if (error instanceof ServiceError) {
      note({ kind: "tagged", call, answer: { kind: "refused", code: error.name } });
    } else if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
}

function drawKeys({ random }: World, maxCount: number): string[] {
  const count = 1 + Math.floor(random.fraction() * maxCount);
  const first = Math.floor(random.fraction() * KEYS_COUNT);
  return Array.from({ length: count }, (_, i) => `key-${(first + i) % KEYS_COUNT}`);
}

/** What changes of tags ask for. */
function contextOf(world: World, process: Process): DeliveryStreamContext {
  const { deliveryStreams } = world.portsOf(process);
  const clock = world.scheduler.clockOf(process);
  const asked: Partial<DeliveryStreamContext> = {
    accountId: ACCOUNT_ID,
    region: REGION,
    clock,
    random: world.random,
    deliveryStreams,
    streamCache: streamCache(deliveryStreams, clock),
    // No stream of the simulation reads another.
    dataStreams: memoryStreams(memoryLog()),
  };
  return asked as DeliveryStreamContext;
}
