/**
 * Sealing and opening blocks, with data keys that a process keeps for a while: a key's keeper is asked once in some
 * minutes for each stream, not once for each call. What it refuses is remembered for a second, so that a busy stream whose
 * key was disabled does not ask on behalf of each of its producers.
 */
import { type Clock, isFresh } from "../clock.ts";
import {
  DATA_KEY_BLOCKS_MAX_COUNT,
  DATA_KEY_MAX_AGE_MS,
  DATA_KEYS_MAX_COUNT,
  KEY_REFUSAL_MAX_AGE_MS,
} from "../limits.ts";
import type { Random } from "../random.ts";
import { openBody, sealBody, type SealedBody, type SealedPlace, wrappedKeyOf } from "./envelope.ts";
import type { DataKey, KeyAnswer, KeyRefusal, KeyService } from "./keys.ts";
import type { ShardKey } from "./store.ts";

/** Seals the blocks of one stream. The same one seals what may stand together in a block. */
export interface BlockSealer {
  seal(packed: Uint8Array): SealedBody;
}

export interface BlockSeals {
  /**
   * @param stream `firehose/access-logs/5c1f09ab27de4410`
   * @param keyArn absent: the deployment's own key
   */
  sealerFor(stream: string, keyArn: string | undefined): Promise<KeyAnswer<BlockSealer>>;
  /** The same, and nothing that is remembered counts: whether the key can be used now. */
  askAgain(stream: string, keyArn: string | undefined): Promise<KeyAnswer<BlockSealer>>;
  /** Throws a `KeyUnusable` where the block's key is refused. */
  open(place: SealedPlace, envelope: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
}

/** A block cannot be read, and can be once its key can be used again. */
export class KeyUnusable extends Error {
  override readonly name = "KeyUnusable";
  /** Absent: its keeper was asked too often. */
  readonly refusal?: KeyRefusal;

  constructor({ shard, index }: SealedPlace, answer: Exclude<KeyAnswer<never>, { kind: "key" }>) {
    const isRefused = answer.kind === "refused";
    const why = isRefused ? `${answer.reason}: ${answer.detail}` : "its keeper is too busy";
    super(`the key of block ${index} of ${shard} cannot be used: ${why}`);
    if (isRefused) this.refusal = answer;
  }
}

/** Of whose data keys a shard's are: all but its own part of the name. */
export function streamOfShard(shard: ShardKey): string {
  return shard.slice(0, shard.lastIndexOf("/"));
}

export function createBlockSeals(
  service: KeyService,
  clock: Pick<Clock, "now">,
  random: Random,
): BlockSeals {
  const sealers = remembered<BlockSealer & { readonly isSpent: () => boolean }>(clock);
  const opened = remembered<Uint8Array>(clock);

  function newSealer(dataKey: DataKey) {
    let count = 0;
    return {
      isSpent: () => count >= DATA_KEY_BLOCKS_MAX_COUNT,
      seal(packed: Uint8Array) {
        count += 1;
        return sealBody(packed, dataKey, random);
      },
    };
  }

  const seals: BlockSeals = {
    async sealerFor(stream, keyArn) {
      const name = `${stream} ${keyArn ?? ""}`;
      const answer = await sealers.get(name, async () => {
        const made = await service.newDataKey(stream, keyArn);
        return made.kind === "key" ? { kind: "key", key: newSealer(made.key) } : made;
      });
      if (answer.kind !== "key" || !answer.key.isSpent()) return answer;
      return seals.askAgain(stream, keyArn);
    },
    askAgain(stream, keyArn) {
      sealers.forget(`${stream} ${keyArn ?? ""}`);
      return seals.sealerFor(stream, keyArn);
    },
    async open(place, envelope, bytes) {
      const stream = streamOfShard(place.shard);
      const wrapped = wrappedKeyOf(envelope);
      const name = `${stream} ${Buffer.from(wrapped).toString("base64")}`;
      const answer = await opened.get(name, () => service.unwrap(stream, wrapped));
      if (answer.kind === "key") return openBody(bytes, envelope, answer.key, place);
      throw new KeyUnusable(place, answer);
    },
  };
  return seals;
}

/** Answers under their names; who asks while another is on its way gets the same. Those that were not asked for longest go first. */
function remembered<Key>(clock: Pick<Clock, "now">) {
  interface Known {
    readonly atMs: number;
    maxAgeMs: number;
    readonly answer: Promise<KeyAnswer<Key>>;
  }
  const all = new Map<string, Known>();

  function ask(name: string, question: () => Promise<KeyAnswer<Key>>): Known {
    const answer = question();
    const known: Known = { atMs: clock.now(), maxAgeMs: DATA_KEY_MAX_AGE_MS, answer };
    const forget = () => {
      if (all.get(name) === known) all.delete(name);
    };
    const judge = ({ kind }: KeyAnswer<Key>) => {
      if (kind === "refused") known.maxAgeMs = KEY_REFUSAL_MAX_AGE_MS;
      return kind === "busy" && forget();
    };
    answer.then(judge, forget);
    return known;
  }

  return {
    get(name: string, question: () => Promise<KeyAnswer<Key>>): Promise<KeyAnswer<Key>> {
      const standing = all.get(name);
      const isGood = standing && isFresh(standing.atMs, clock.now(), standing.maxAgeMs);
      const known = isGood ? standing : ask(name, question);
      all.delete(name);
      all.set(name, known);
      const [oldest] = all.keys();
      if (all.size > DATA_KEYS_MAX_COUNT && oldest !== undefined) all.delete(oldest);
      return known.answer;
    },
    forget: (name: string) => void all.delete(name),
  };
}
