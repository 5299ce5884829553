/** Redrives of delivery streams while records go to them and from them: begun, several at once, and stopped. */
import { bucketName } from "../../src/delivery/plan.ts";
import { endRedrive } from "../../src/delivery/redrive/lifecycle.ts";
import { type Redrive, redriveShard } from "../../src/delivery/redrive/redrive.ts";
import { errorPrefixes } from "../../src/delivery/redrive/select.ts";
import { randomHex } from "../../src/random.ts";
import { LEFT_BY_CALLS } from "../../src/readers/sweep-notes.ts";
import { guarded, ofStandingStreams } from "./guarded.ts";
import { FAILED_PREFIX } from "./payload.ts";
import { sweepSwitchOf } from "./sweeping.ts";
import type { World } from "./world.ts";

/** So many go through what failed under earlier settings, too. */
const ALL_VERSIONS_SHARE = 0.6;
const TWICE_SHARE = 0.3;
const ASIDES = [undefined, "TAG", "MOVE"] as const;
const STOPPED_SHARE = 0.2;
const STOPPED_MAX_MS = 30_000;
/** Of those before which the user mends his function, or brings the flawed one back. */
const DEPLOYED_SHARE = 0.5;

export function redriveOne(world: World, name: string): void {
  const { random, scheduler } = world;
  if (random.fraction() < DEPLOYED_SHARE) {
    world.usersCode.isMended = !world.usersCode.isMended;
    scheduler.note(`the function is ${world.usersCode.isMended ? "mended" : "flawed"}`);
  }
  const isOfAllVersions = random.fraction() < ALL_VERSIONS_SHARE;
  const count = random.fraction() < TWICE_SHARE ? 2 : 1;
  for (let i = 0; i < count; i++) void begin(world, name, isOfAllVersions);
}

/** All that failed and lies where the streams deliver to now, with the function mended; by two at once in some runs. */
export async function redriveAll(world: World, names: readonly string[]): Promise<void> {
  const { random, usersCode } = world;
  usersCode.isMended = true;
  const twice = random.fraction() < TWICE_SHARE ? names : [];
  await Promise.all([...names, ...twice].map((name) => begin(world, name, true)));
}

/** As `StartRedrive` does it, in a process that may die. */
function begin(world: World, name: string, isOfAllVersions: boolean): Promise<void> {
  const { random, scheduler } = world;
  const process = world.spawn("redriver");
  return guarded(world, process, async () => {
    const { deliveryStreams, redrives, log } = world.portsOf(process);
    const clock = scheduler.clockOf(process);
    const stream = await deliveryStreams.get(name);
    if (stream === undefined || stream.transition !== undefined) return;
    const { destination, generation } = stream;
    const selection = isOfAllVersions ? { prefix: FAILED_PREFIX } : {};
    const after = ASIDES[Math.floor(random.fraction() * ASIDES.length)];
    const redrive: Redrive = {
      streamName: name,
      generation,
      redriveId: randomHex(random, 4),
      state: "RUNNING",
      selection,
      ...(after && { after }),
      bucket: bucketName(destination.bucketArn),
      prefixes: errorPrefixes(destination, selection),
      request: "",
      startedAtMs: clock.now(),
    };
    await sweepSwitchOf(process, world).callFor(LEFT_BY_CALLS);
    await redrives.create(redrive);
    await log.ring(redriveShard(redrive), clock.now());
    if (random.fraction() < STOPPED_SHARE && world.isOpen()) {
      const afterMs = random.fraction() * STOPPED_MAX_MS;
      scheduler.after(undefined, afterMs, "stop redrive", () => stop(world, redrive));
    }
  });
}

function stop(world: World, redrive: Redrive): void {
  const process = world.spawn("redriver");
  void guarded(world, process, async () => {
    const ports = { ...world.portsOf(process), clock: world.scheduler.clockOf(process) };
    await endRedrive(ports, redrive, { state: "STOPPED" });
  });
}

/** Those of streams that stand. */
function standingRedrives(world: World): Promise<readonly Redrive[]> {
  return ofStandingStreams(world, (stream) => world.twins.redrives.list(stream));
}

export async function areRedrivesOver(world: World): Promise<boolean> {
  return (await standingRedrives(world)).every(({ state }) => state !== "RUNNING");
}

/** What is not over by now. */
export async function noteRedrives(world: World): Promise<void> {
  for (const { streamName, generation, redriveId, state } of await standingRedrives(world)) {
    if (state !== "RUNNING") continue;
    const stream = `${streamName}/${generation}`;
    world.note({ kind: "redrive ended", stream, redrive: redriveId, state });
  }
}
