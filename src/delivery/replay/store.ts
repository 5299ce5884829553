/** The port of replays: what they are, and how far their parts came. */
import type { Created, Room } from "../room.ts";
import type { PartProgress, PartTally, Replay, ReplayIdentity, ReplayPart } from "./replay.ts";

export interface ReplayStore {
  /**
   * It is left to be settled until it is `opened` or `settled`. The same replay again is `created`.
   *
   * @param room as it was before they were counted; absent: however many there are
   */
  create(replay: Replay, room?: Room): Promise<Created>;
  /** Of the stream, for the next one. */
  room(stream: { readonly streamName: string; readonly generation: string }): Promise<Room>;
  get(replay: ReplayIdentity): Promise<Replay | undefined>;
  /** All of a stream that are known still, in no order. */
  list(stream: {
    readonly streamName: string;
    readonly generation: string;
  }): Promise<readonly Replay[]>;
  /** Replaces one that still stands as `before` says. */
  update(before: Replay, after: Replay): Promise<"updated" | "conflict">;
  /** Somebody has to look at it again: notes that, until `settled`. */
  leave(replay: ReplayIdentity): Promise<void>;
  /** All its parts stand. What was left by `leave` stays left, also where this arrives late. */
  opened(replay: ReplayIdentity): Promise<void>;
  settled(replay: ReplayIdentity): Promise<void>;
  /** Those that are left to be settled. */
  left(): Promise<readonly ReplayIdentity[]>;
  /** A part that stands is left as it is. */
  openPart(replay: ReplayIdentity & Pick<Replay, "startedAtMs">, part: ReplayPart): Promise<void>;
  part(replay: ReplayIdentity, shardIndex: number): Promise<PartProgress | undefined>;
  /** In the order of their shards. */
  parts(replay: ReplayIdentity): Promise<readonly PartProgress[]>;
  /** Adds what was done up to a block, unless that was counted before. */
  count(
    replay: ReplayIdentity,
    shardIndex: number,
    done: PartTally & { readonly readTo: number },
  ): Promise<void>;
  /** May be repeated. */
  endPart(replay: ReplayIdentity, shardIndex: number): Promise<void>;
}
