/** The readers that one follower has in a stream's shards: where they stand, and how one comes to its shard's end. */
import { passOn } from "../../../src/readers/follow.ts";
import type { ReaderStore, WakeRule } from "../../../src/readers/store.ts";
import type { World } from "../streams/reshard-world.ts";

export function ownReaders(made: World, readers: ReaderStore<never>, readerId: string) {
  const { clock } = made;
  const stateOf = (index: number) => readers.get(made.keyOf(index), readerId);

  return {
    stateOf,
    /** By shard: the block where its reader stands, or `ended`. */
    async places() {
      const { length } = await made.shards();
      const states = await Promise.all(Array.from({ length }, (_, index) => stateOf(index)));
      return states.map((state) => (state?.ended ? "ended" : state?.checkpoint.blockIndex));
    },
    /** `readTo`: the block up to which it has read; where it stands unless said otherwise. */
    async pass(index: number, wakeRule: WakeRule, readTo?: number) {
      const claim = { token: `pass ${index}`, nowMs: clock.now(), untilMs: clock.now() + 1 };
      const acquired = await readers.acquire(made.keyOf(index), readerId, claim);
      if (acquired.kind !== "acquired") throw new Error(acquired.kind);
      const { lease, state } = acquired;
      const to = readTo ?? state.checkpoint.blockIndex;
      const follower = { readerId, wakeRule };
      return passOn({ ...made, readers }, made.stream, lease, follower, index, to);
    },
  };
}
