/** Replays of delivery streams while records go to them and from them: begun, stopped, and what is left of them settled. */

import { settleReplay, stopReplay } from "../../src/delivery/replay/lifecycle.ts";
import { identityOf, isOver, type Replay, replayReader } from "../../src/delivery/replay/replay.ts";
import { randomHex } from "../../src/random.ts";
import { LEFT_BY_CALLS } from "../../src/readers/sweep-notes.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { guarded, ofStandingStreams } from "./guarded.ts";
import { drawRange } from "./replay-ranges.ts";
import type { Process } from "./scheduler.ts";
import { destinationOf, drawShape } from "./streams.ts";
import { sweepSwitchOf } from "./sweeping.ts";
import { bucketFor } from "./twins.ts";
import type { World } from "./world.ts";

/** These are stopped some time later. */
const STOPPED_SHARE = 0.3;
const STOPPED_MAX_MS = 60_000;

/** As `StartReplay` does it, in a process that may die. */
export function replayOne(world: World, name: string): void {
  const { random, scheduler } = world;
  const process = world.spawn("replayer");
  void guarded(world, process, async () => {
    const ports = replayPortsOf(world, process);
    const stream = await ports.deliveryStreams.get(name);
    if (stream === undefined || stream.transition !== undefined) return;
    const { generation, versionId } = stream;
    const identity = identityOf(stream, randomHex(random, 4));
    const readerId = replayReader(identity);
    const { backup: _none, ...target } = destinationOf(
      { ...drawShape(name, world), hasBackup: false },
      generation,
      versionId,
    );
    const bucket = bucketFor({ name, generation, readerId, versionId });
    const replay: Replay = {
      ...identity,
      state: "RUNNING",
      range: await drawRange(world, stream),
      versionId,
      target: { ...target, bucketArn: `arn:aws:s3:::${bucket}` },
      shown: {},
      request: "",
      startedAtMs: ports.clock.now(),
      openedBelow: 0,
    };
    await sweepSwitchOf(process, world).callFor(LEFT_BY_CALLS);
    await ports.replays.create(replay);
    await settleReplay(ports, replay, ports.clock.now() + 10_000);
    if (random.fraction() < STOPPED_SHARE) {
      const afterMs = random.fraction() * STOPPED_MAX_MS;
      scheduler.after(undefined, afterMs, "stop replay", () => stopOne(world, replay));
    }
  });
}

function stopOne(world: World, replay: Replay): void {
  const process = world.spawn("replayer");
  void guarded(world, process, async () => {
    const ports = replayPortsOf(world, process);
    await sweepSwitchOf(process, world).callFor(LEFT_BY_CALLS);
    await stopReplay(ports, replay, ports.clock.now() + 10_000);
  });
}

export function replayPortsOf(world: World, process: Process) {
  return {
    ...world.portsOf(process),
    clock: world.scheduler.clockOf(process),
    // No stream of the simulation reads another.
    dataStreams: memoryStreams(memoryLog()),
  };
}

/** Those of streams that stand. */
export function standingReplays(world: World): Promise<readonly Replay[]> {
  return ofStandingStreams(world, (stream) => world.twins.replays.list(stream));
}

/** Whether nothing is left to be done for any of them. */
export async function areReplaysOver(world: World): Promise<boolean> {
  return (await standingReplays(world)).every(isOver);
}

export async function noteReplays(world: World): Promise<void> {
  for (const replay of await standingReplays(world)) {
    const { streamName, generation, state } = replay;
    const stream = `${streamName}/${generation}`;
    world.note({ kind: "replay ended", stream, reader: replayReader(replay), state });
  }
}
