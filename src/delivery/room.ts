/**
 * How a stream never has more replays, or redrives, under way than it may: who creates one has counted those that stand, and
 * it is created only if no other one was meanwhile. What tells that is the id of the one that was created last.
 */
export interface Room {
  /** `undefined`: there was none yet, as far as anybody remembers. */
  readonly last: string | undefined;
}

/** `crowded`: another one was created since; nothing was. */
export type Created = "created" | "exists" | "crowded";

export interface RoomPorts<Item> {
  readonly room: () => Promise<Room>;
  readonly runningCount: () => Promise<number>;
  readonly create: (item: Item, room: Room) => Promise<Created>;
}

/** `full`: so many are under way. Each loss is another one's creation, so it ends soon. */
export async function createInRoom<Item>(
  { room, runningCount, create }: RoomPorts<Item>,
  item: Item,
  maxCount: number,
): Promise<"created" | "exists" | "full"> {
  for (;;) {
    const seen = await room();
    if ((await runningCount()) >= maxCount) return "full";
    const outcome = await create(item, seen);
    if (outcome !== "crowded") return outcome;
  }
}
