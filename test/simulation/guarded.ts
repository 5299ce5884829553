/** A process of the simulation that calls something: it may die of what was injected, and of nothing else. */
import { InjectedFault } from "./faults.ts";
import type { Process } from "./scheduler.ts";
import type { World } from "./world.ts";

export async function guarded(
  world: World,
  process: Process,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
}

/** Of each of the streams that stand, what `list` knows of it. */
export async function ofStandingStreams<Item>(
  { streams, twins }: World,
  list: (stream: {
    readonly streamName: string;
    readonly generation: string;
  }) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (const { name: streamName } of streams.values()) {
    const stream = await twins.deliveryStreams.get(streamName);
    if (stream === undefined) continue;
    found.push(...(await list({ streamName, generation: stream.generation })));
  }
  return found;
}
