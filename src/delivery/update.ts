/**
 * A delivery stream gets another destination. What is buffered goes there with the next plan; a plan that is pending
 * keeps the target that it was made for. The stream's item comes first: from then on it says what is right, and readers
 * whose buffers follow the hints of before take up the new ones in their next run, should this process die here.
 */
import type { Clock } from "../clock.ts";
import { JOINING_READERS_MAX_COUNT } from "../limits.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import { type ReaderStore, SHARD_START } from "../readers/store.ts";
import { inTurns } from "../streams/in-turns.ts";
import type { StreamStore } from "../streams/store.ts";
import { dataShardKey } from "../streams/stream.ts";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
  type S3Target,
} from "./delivery-stream.ts";
import type { DeliveryStreamStore, JoiningReader } from "./ports.ts";
import { backupFollower, deliveryFollower, wakeRuleOf } from "./source/readers.ts";

export interface UpdatePorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly dataStreams: Pick<StreamStore, "shards">;
  readonly readers: Pick<ReaderStore<unknown>, "configure">;
  readonly log: Pick<LogStore, "head" | "ring">;
  readonly clock: Clock;
}

/** What a stream's readers may be asked for in one step. */
export function canJoin(stream: DeliveryStream): boolean {
  return laneKeys(stream).length <= JOINING_READERS_MAX_COUNT;
}

/**
 * `conflict`: the stream does not stand as `before` says. A source backup that `after` has and `before` has not begins
 * with what is put from now on; `before` is then one with lanes, and `canJoin`.
 */
export async function updateStream(
  ports: UpdatePorts,
  before: DeliveryStream,
  after: DeliveryStream,
): Promise<"updated" | "conflict"> {
  const { backup } = after.destination;
  const joining =
    backup !== undefined && before.destination.backup === undefined
      ? await backupReaders(ports, before, backup)
      : [];
  const change = joining.length > 0 ? { opened: [], readers: [], removed: [], joining } : undefined;
  if ((await ports.deliveryStreams.update(before, after, change)) === "conflict") return "conflict";
  // What was put since the lanes were looked at rang before their readers were there.
  await inTurns(joining, ({ lane }) => ports.log.ring(lane, ports.clock.now()));
  await configureReaders(ports, before, after);
  return "updated";
}

function backupReaders(
  { log }: UpdatePorts,
  stream: DeliveryStream,
  target: S3Target,
): Promise<readonly JoiningReader[]> {
  return inTurns(laneKeys(stream), async (lane) => {
    const { blockIndex, byteOffset } = (await log.head(lane)) ?? SHARD_START;
    return {
      lane,
      readerId: BACKUP_READER,
      ...wakeRuleOf(target),
      checkpoint: { blockIndex, byteOffset },
    };
  });
}

/** Brings changed hints to the readers, and has them look at their buffers again. */
async function configureReaders(
  { dataStreams, readers, log, clock }: UpdatePorts,
  before: DeliveryStream,
  after: DeliveryStream,
): Promise<void> {
  const changed = [
    {
      laneReader: DELIVERY_READER,
      follower: deliveryFollower(after),
      from: before.destination,
      to: after.destination,
    },
    {
      laneReader: BACKUP_READER,
      follower: backupFollower(after),
      from: before.destination.backup,
      to: after.destination.backup,
    },
  ].filter(({ from, to }) => from && to && hasOtherHints(from, to));
  if (changed.length === 0) return;
  const { source } = after;
  const shards: readonly ShardKey[] =
    source === undefined
      ? laneKeys(after)
      : await shardsOf(dataStreams, {
          name: source.streamName,
          generation: source.streamGeneration,
        });
  await inTurns(shards, async (shard) => {
    for (const { laneReader, follower, to } of changed) {
      const readerId = source === undefined ? laneReader : follower!.readerId;
      await readers.configure(shard, readerId, wakeRuleOf(to!));
    }
    await log.ring(shard, clock.now());
  });
}

async function shardsOf(
  dataStreams: UpdatePorts["dataStreams"],
  stream: { readonly name: string; readonly generation: string },
): Promise<readonly ShardKey[]> {
  const shards = await dataStreams.shards(stream);
  return shards.map(({ index }) => dataShardKey(stream, index));
}

function hasOtherHints(a: S3Target, b: S3Target): boolean {
  return a.bufferSizeMiB !== b.bufferSizeMiB || a.bufferIntervalSeconds !== b.bufferIntervalSeconds;
}
