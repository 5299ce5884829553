/** A delivery stream with some lanes, whose log is replayed by workers that answer its rings at once. */
import { deliver, type DeliverPorts } from "../../../../src/delivery/deliver.ts";
import {
  type DeliveryStream,
  type DeliveryTarget,
  laneKey,
} from "../../../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../../../src/delivery/lane-change.ts";
import { settleReplay } from "../../../../src/delivery/replay/lifecycle.ts";
import {
  identityOf,
  type Replay,
  type ReplayRange,
  replayReader,
} from "../../../../src/delivery/replay/replay.ts";
import { groupCommit } from "../../../../src/log/group-commit.ts";
import type { ShardKey } from "../../../../src/log/store.ts";
import { lookedUpTo } from "../../../../src/readers/store.ts";
import type { MemoryFunction } from "../../../../src/storage/memory/invoker.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../../src/storage/memory/streams.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import { DESTINATION, deliveryPorts } from "../delivery-ports.ts";
import { HINTS, START_MS } from "../deliver-world.ts";

const DAY_MS = 86_400_000;

export async function replayWorld(laneCount = 2, fn: MemoryFunction = () => ({})) {
  const log = memoryLog();
  const clock = steppingClock(START_MS);
  const ports = deliveryPorts({ clock, log, dataStreams: memoryStreams(log) }, fn);
  const open = Array.from({ length: laneCount }, (_, lane) => lane);
  const stream: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: START_MS,
    lanes: { open, next: laneCount, changedAtMs: START_MS },
    destination: { ...DESTINATION, ...HINTS },
  };
  const lanes = open.map((lane) => laneKey(stream, lane));
  await ports.deliveryStreams.create(stream, lanes, laneReaders(stream));
  const append = groupCommit(ports);

  const start = async (range: ReplayRange, over: Partial<DeliveryTarget> = {}, replayId = "r1") => {
    const replay: Replay = {
      ...identityOf(stream, replayId),
      state: "RUNNING",
      range,
      versionId: stream.versionId,
      target: { ...stream.destination, prefix: `${replayId}/`, ...over },
      shown: {},
      request: "",
      startedAtMs: clock.now(),
      openedBelow: 0,
    };
    await ports.replays.create(replay);
    await settleReplay(ports, replay, clock.now() + 60_000);
    return replay;
  };

  /** One wake-up of every reader of that id. */
  const wakeAll = async (readerId: string, change: Partial<DeliverPorts> = {}) => {
    for (const shard of lanes) {
      const reader = await ports.readers.get(shard, readerId);
      if (reader === undefined) continue;
      await deliver(
        { ...ports, ...change },
        {
          wakeUp: { shard, readerId, blockIndex: lookedUpTo(reader) },
          messageId: "message",
          isRepeated: true,
          deadlineMs: clock.now() + 900_000,
          backOffMs: 1000,
        },
      );
    }
  };

  return {
    ...ports,
    ports,
    stream,
    lanes,
    start,
    wakeAll,
    put: (lane: number, ...texts: string[]) =>
      append(lanes[lane]!, {
        records: texts.map((text) => ({ data: Buffer.from(text) })),
        retentionMs: DAY_MS,
      }),
    /** Until it is over. */
    async finish(replay: Replay, change: Partial<DeliverPorts> = {}): Promise<void> {
      for (let turn = 0; turn < 50; turn++) {
        if ((await ports.replays.get(replay))?.state !== "RUNNING") return;
        await wakeAll(replayReader(replay), change);
      }
      throw new Error("the replay does not end");
    },
    tally: async (replay: Replay) => {
      const parts = await ports.replays.parts(replay);
      return {
        records: parts.reduce((sum, { recordCount }) => sum + recordCount, 0),
        objects: parts.reduce((sum, { objectCount }) => sum + objectCount, 0),
        expired: parts.reduce((sum, { expiredCount }) => sum + expiredCount, 0),
      };
    },
    /** What stands below a prefix, in the order of the names; those of a lane in the order of its log. */
    under: (prefix: string) =>
      ports.objects
        .list()
        .filter(({ key }) => key.startsWith(prefix))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ body }) => Buffer.from(body).toString()),
    checkpoint: async (shard: ShardKey, readerId: string) =>
      (await ports.readers.get(shard, readerId))?.checkpoint,
  };
}
