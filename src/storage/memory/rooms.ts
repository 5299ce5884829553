/** Which replay, or redrive, of each stream was created last, in memory. Nothing a user runs uses it. */
import type { Room } from "../../delivery/room.ts";

interface OfStream {
  readonly streamName: string;
  readonly generation: string;
}

export function memoryRooms() {
  const last = new Map<string, string>();
  const nameOf = ({ streamName, generation }: OfStream) => `${streamName}/${generation}`;
  return {
    room: async (stream: OfStream): Promise<Room> => ({ last: last.get(nameOf(stream)) }),
    /** False: it is another one since. */
    enter(stream: OfStream, id: string, room?: Room): boolean {
      const name = nameOf(stream);
      if (room !== undefined && room.last !== last.get(name)) return false;
      last.set(name, id);
      return true;
    },
  };
}
