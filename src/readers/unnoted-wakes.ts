/**
 * What a process remembers of wake-ups that it sent and could not note. A store that is too busy for the note is too busy
 * for the reader, too: the message waits until it is not, and each ring of that time would send one more. The ring
 * itself has served, for what it was to bring about is on its way; whoever knows nothing of that sends one too many.
 */
import { type Clock, isFresh } from "../clock.ts";
import { UNNOTED_WAKE_MS, UNNOTED_WAKES_MAX_COUNT } from "../limits.ts";
import {
  hasWakeRule,
  lookedUpTo,
  type ReaderState,
  type ReaderStore,
  type SentWake,
} from "./store.ts";

interface Unnoted {
  readonly sent: SentWake;
  readonly atMs: number;
}

/** The readers with what was sent to them from here; to be kept for as long as the process lives. */
export function rememberWakes<Plan>(
  readers: ReaderStore<Plan>,
  clock: Pick<Clock, "now">,
): ReaderStore<Plan> {
  const unnoted = new Map<string, Unnoted>();
  const keyOf = ({ shard, readerId }: Pick<ReaderState<Plan>, "shard" | "readerId">) =>
    `${shard} ${readerId}`;

  function remember(key: string, sent: SentWake): void {
    unnoted.delete(key);
    unnoted.set(key, { sent, atMs: clock.now() });
    if (unnoted.size <= UNNOTED_WAKES_MAX_COUNT) return;
    const [oldest] = unnoted.keys();
    if (oldest !== undefined) unnoted.delete(oldest);
  }

  function withUnnoted(reader: ReaderState<Plan>): ReaderState<Plan> {
    const known = unnoted.get(keyOf(reader));
    if (known === undefined) return reader;
    const { rule, ...woken } = known.sent;
    // What was sent by another rule may have come to nothing.
    if (reader.isReconfigured || !hasWakeRule(reader, rule)) return reader;
    const { atMs } = known;
    const isOver =
      woken.blockIndex !== lookedUpTo(reader) || !isFresh(atMs, clock.now(), UNNOTED_WAKE_MS);
    const isKnownBetter =
      reader.woken?.blockIndex === woken.blockIndex && reader.woken.level === "work";
    return isOver || isKnownBetter ? reader : { ...reader, woken };
  }

  return {
    ...readers,
    async markWoken(shard, readerId, sent) {
      const key = keyOf({ shard, readerId });
      // Whatever else becomes of it is the ring's to tell; it comes again, and need not send this again.
      remember(key, sent);
      const noted = await readers.markWoken(shard, readerId, sent);
      if (noted === "done") unnoted.delete(key);
      return noted;
    },
    list: async (shard) => (await readers.list(shard)).map(withUnnoted),
  };
}
