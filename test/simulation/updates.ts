/** Updates of delivery streams while records go to them and from them, and buckets that refuse what is put into them. */
import { bucketName } from "../../src/delivery/plan.ts";
import { updateStream } from "../../src/delivery/update.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { InjectedFault } from "./faults.ts";
import { receiverShapeOf } from "./receivers.ts";
import { destinationOf, drawShape, hasMetadata, partitionerOf } from "./streams.ts";
import type { World } from "./world.ts";

const ATTEMPTS_MAX_COUNT = 5;
const CLOSED_MAX_MS = 300_000;

/** As `UpdateDestination` does it, by somebody who tries again a few times. */
export async function updateOne(world: World, name: string): Promise<void> {
  const { scheduler } = world;
  const process = world.spawn("updater");
  const ports = {
    ...world.portsOf(process),
    clock: scheduler.clockOf(process),
    // No stream of the simulation reads another.
    dataStreams: memoryStreams(memoryLog()),
  };
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
      const before = await ports.deliveryStreams.get(name);
      if (before === undefined || before.transition !== undefined) break;
      const versionId = before.versionId + 1;
      // A source backup begins where it is enabled, and the checker asks for all of every reader's records.
      const hasBackup = before.destination.backup !== undefined;
      const partitionedBy = partitionerOf(before.destination);
      const drawn = drawShape(name, world);
      const shape = {
        ...drawn,
        hasBackup,
        partitionedBy,
        // Its kind stays for good.
        receiver: receiverShapeOf(before.destination),
        // What waits for its partition was made ready, and may go to where the next version delivers.
        hasMetadata: partitionedBy ? hasMetadata(before.destination) : drawn.hasMetadata,
      };
      const destination = destinationOf(shape, before.generation, versionId);
      const after = { ...before, versionId, destination };
      if ((await updateStream(ports, before, after)) === "updated") break;
    }
  } catch (error) {
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
}

export async function closeBucket(world: World, name: string): Promise<void> {
  const { scheduler, random, twins } = world;
  const stream = await twins.deliveryStreams.get(name);
  if (stream === undefined) return;
  const bucket = bucketName(stream.destination.bucketArn);
  scheduler.note(`${bucket} closes`);
  twins.closeBucket(bucket);
  scheduler.after(undefined, random.fraction() * CLOSED_MAX_MS, `${bucket} opens`, () =>
    twins.openBucket(bucket),
  );
}
