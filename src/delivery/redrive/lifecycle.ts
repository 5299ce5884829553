/** How a redrive ends: by itself, because it is stopped or refused, or with its stream. */
import type { Clock } from "../../clock.ts";
import type { ReaderStore } from "../../readers/store.ts";
import { inTurns } from "../../streams/in-turns.ts";
import type { DeliveryStream } from "../delivery-stream.ts";
import type { RedriveStore } from "./ports.ts";
import {
  NO_REDRIVE_TALLY,
  REDRIVE_READER,
  type Redrive,
  type RedriveIdentity,
  type RedriveProgress,
  redriveShard,
  type RedriveTally,
} from "./redrive.ts";

export interface RedrivePorts {
  readonly redrives: RedriveStore;
  readonly redriveReaders: Pick<ReaderStore<RedriveProgress>, "get">;
  readonly clock: Clock;
}

/** How far it came, also while it runs. */
export async function redriveTally(
  { redriveReaders }: Pick<RedrivePorts, "redriveReaders">,
  redrive: Redrive,
): Promise<RedriveTally> {
  if (redrive.tally !== undefined) return redrive.tally;
  const reader = await redriveReaders.get(redriveShard(redrive), REDRIVE_READER);
  return reader?.plan?.tally ?? NO_REDRIVE_TALLY;
}

/**
 * Notes that it is over, unless it is already, and removes what wakes it. Should this process die in between, the next
 * wake-up removes it. Answers the redrive as it stands then.
 */
export async function endRedrive(
  ports: RedrivePorts,
  identity: RedriveIdentity,
  end: Pick<Redrive, "state" | "failure"> & Partial<Pick<Redrive, "tally">>,
): Promise<Redrive | undefined> {
  const { redrives, clock } = ports;
  for (;;) {
    const before = await redrives.get(identity);
    if (before === undefined || before.state !== "RUNNING") {
      await closeRedrive(ports, identity);
      return before;
    }
    const tally = end.tally ?? (await redriveTally(ports, before));
    const after: Redrive = { ...before, ...end, tally, endedAtMs: clock.now() };
    if ((await redrives.update(before, after)) === "conflict") continue;
    await closeRedrive(ports, identity);
    return after;
  }
}

export function closeRedrive(
  { redrives }: Pick<RedrivePorts, "redrives">,
  identity: RedriveIdentity,
): Promise<void> {
  return redrives.close(identity);
}

/** With its stream gone there is no pipeline. */
export async function stopRedrivesOf(ports: RedrivePorts, stream: DeliveryStream): Promise<void> {
  const { name: streamName, generation } = stream;
  const standing = await ports.redrives.list({ streamName, generation });
  const running = standing.filter(({ state }) => state === "RUNNING");
  const atMs = ports.clock.now();
  const failure = { message: "The delivery stream was deleted.", atMs };
  await inTurns(running, (redrive) => endRedrive(ports, redrive, { state: "FAILED", failure }));
}
