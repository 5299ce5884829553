/** Pauses of delivery streams while records go to them and from them, and their ends. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { paused, resumed, wakeReaders } from "../../src/delivery/pause.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { InjectedFault } from "./faults.ts";
import type { World } from "./world.ts";

const ATTEMPTS_MAX_COUNT = 5;
const PAUSE_MAX_MS = { prompt: 20_000, rough: 300_000 } as const;

/** As `PauseDelivery` does it; some time later somebody resumes the stream. */
export async function pauseOne(world: World, name: string): Promise<void> {
  const { scheduler, random } = world;
  const nowMs = scheduler.now();
  const done = await change(world, name, (stream) => paused(stream, nowMs));
  if (done === undefined) return;
  const maxMs = world.mayCallsFail ? PAUSE_MAX_MS.rough : PAUSE_MAX_MS.prompt;
  scheduler.after(undefined, random.fraction() * maxMs, `${name} is resumed`, () => {
    void resumeOne(world, name);
  });
}

/** As `ResumeDelivery` does it. */
export async function resumeOne(world: World, name: string): Promise<void> {
  const standing = await world.twins.deliveryStreams.get(name);
  if (standing?.pausedAtMs === undefined) return;
  const { wakeReaders: wake = wakeReaders } = world.mutant;
  await change(world, name, resumed, async (stream, ports, process) => {
    const queue = { send: world.queue.sendFrom(process) };
    await wake({ ...ports, queue, dataStreams: NO_SOURCES }, stream);
  });
}

/** No stream of the simulation reads another. */
const NO_SOURCES = memoryStreams(memoryLog());

type Ports = ReturnType<World["portsOf"]> & {
  readonly clock: ReturnType<World["scheduler"]["clockOf"]>;
};

/** By somebody who tries again a few times. Answers the stream as he left it. */
async function change(
  world: World,
  name: string,
  changed: (stream: DeliveryStream) => DeliveryStream,
  then?: (
    stream: DeliveryStream,
    ports: Ports,
    process: ReturnType<World["spawn"]>,
  ) => Promise<void>,
): Promise<DeliveryStream | undefined> {
  const process = world.spawn("pauser");
  const ports = { ...world.portsOf(process), clock: world.scheduler.clockOf(process) };
  let done: DeliveryStream | undefined;
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT && done === undefined; attempt++) {
      const before = await ports.deliveryStreams.get(name);
      if (before === undefined || before.transition !== undefined) break;
      const after = changed(before);
      if ((await ports.deliveryStreams.update(before, after)) !== "updated") continue;
      done = after;
      await then?.(after, ports, process);
    }
  } catch (error) {
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
  return done;
}
