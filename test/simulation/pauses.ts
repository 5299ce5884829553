/** Pauses of delivery streams while records go to them and from them, and their ends. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { paused, resumed, wakeReaders } from "../../src/delivery/pause.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { InjectedFault } from "./faults.ts";
import type { World } from "./world.ts";

const ATTEMPTS_MAX_COUNT = 5;
const RESUMES_MAX_COUNT = 60;
const RESUME_RETRY_MS = 1000;
const PAUSE_MAX_MS = { prompt: 20_000, rough: 300_000 } as const;

/** As `PauseDelivery` does it; some time later somebody resumes the stream. */
export async function pauseOne(world: World, name: string): Promise<void> {
  const { scheduler, random } = world;
  const nowMs = scheduler.now();
  const { stream } = await change(world, name, (standing) => paused(standing, nowMs));
  if (stream === undefined) return;
  const maxMs = world.mayCallsFail ? PAUSE_MAX_MS.rough : PAUSE_MAX_MS.prompt;
  scheduler.after(undefined, random.fraction() * maxMs, `${name} is resumed`, () => {
    void resumeOne(world, name);
  });
}

/** As `ResumeDelivery` does it, for somebody who calls again when he is answered that it failed. */
export async function resumeOne(world: World, name: string): Promise<void> {
  const { scheduler, twins, mutant } = world;
  const standing = await twins.deliveryStreams.get(name);
  if (standing?.pausedAtMs === undefined) return;
  const { wakeReaders: wake = wakeReaders } = mutant;
  for (let attempt = 0; attempt < RESUMES_MAX_COUNT; attempt++) {
    const changed = await change(world, name, resumed, async (stream, ports, process) => {
      const queue = { send: world.queue.sendFrom(process) };
      await wake({ ...ports, queue, dataStreams: NO_SOURCES }, stream);
    });
    if (changed.isAnswered) return;
    await new Promise<void>((resolve) => {
      scheduler.after(undefined, RESUME_RETRY_MS, `${name} is resumed again`, resolve);
    });
  }
}

/** No stream of the simulation reads another. */
const NO_SOURCES = memoryStreams(memoryLog());

type Ports = ReturnType<World["portsOf"]> & {
  readonly clock: ReturnType<World["scheduler"]["clockOf"]>;
};

/** Answers the stream as it was left, if it was changed, and whether all of the call went well. */
async function change(
  world: World,
  name: string,
  changed: (stream: DeliveryStream) => DeliveryStream,
  then?: (
    stream: DeliveryStream,
    ports: Ports,
    process: ReturnType<World["spawn"]>,
  ) => Promise<void>,
): Promise<{ readonly stream: DeliveryStream | undefined; readonly isAnswered: boolean }> {
  const process = world.spawn("pauser");
  const ports = { ...world.portsOf(process), clock: world.scheduler.clockOf(process) };
  let done: DeliveryStream | undefined;
  let isAnswered = false;
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT && done === undefined; attempt++) {
      const before = await ports.deliveryStreams.get(name);
      isAnswered = before === undefined || before.transition !== undefined;
      if (before === undefined || before.transition !== undefined) break;
      const after = changed(before);
      if ((await ports.deliveryStreams.update(before, after)) !== "updated") continue;
      done = after;
      await then?.(after, ports, process);
      isAnswered = true;
    }
  } catch (error) {
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
  return { stream: done, isAnswered };
}
