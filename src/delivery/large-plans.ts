/**
 * Plans that name hundreds of uploads are larger than a reader's item should be, which is written with every heartbeat, or
 * may be: their large members lie in the spool, and the item says where. A new one is put there first; the one before it
 * goes when no item names it any more, and so do the records that wait.
 */
import { PLAN_INLINE_MAX_BYTES } from "../limits.ts";
import type { Lease, ReaderStore } from "../readers/store.ts";
import { spooledOf } from "./destinations/receivers/settling.ts";
import type { DeliveryPlan } from "./plan.ts";
import type { SpoolStore } from "./ports.ts";

/** As it stands in the item. */
export interface StoredPlan extends DeliveryPlan {
  /** Its large members, in the spool. */
  readonly rest?: string;
}

const LARGE = ["staged", "transformAttempts", "settling"] as const;

export function largePlans(
  readers: ReaderStore<DeliveryPlan>,
  spool: SpoolStore,
): ReaderStore<DeliveryPlan> {
  /** What the item of a lease's reader names. */
  const named = new Map<string, readonly string[]>();
  const nameOf = ({ shard, readerId }: Pick<Lease, "shard" | "readerId">) => `${shard} ${readerId}`;

  async function shorten(plan: DeliveryPlan): Promise<StoredPlan> {
    const text = JSON.stringify(plan);
    if (text.length <= PLAN_INLINE_MAX_BYTES) return plan;
    const short: Record<string, unknown> = { ...plan };
    const rest: Record<string, unknown> = {};
    for (const member of LARGE) {
      if (plan[member] === undefined) continue;
      rest[member] = plan[member];
      delete short[member];
    }
    return {
      ...(short as unknown as DeliveryPlan),
      rest: await spool.put(Buffer.from(JSON.stringify(rest))),
    };
  }

  async function whole(stored: StoredPlan): Promise<DeliveryPlan> {
    const { rest, ...plan } = stored;
    if (rest === undefined) return plan;
    const bytes = await spool.get(rest);
    // After a year. Its uploads are gone as well, and some may have become objects.
    if (bytes === undefined) return { ...plan, stands: "perhaps" };
    return { ...plan, ...(JSON.parse(Buffer.from(bytes).toString()) as Partial<DeliveryPlan>) };
  }

  /** The item holds that from now on, or nothing. */
  async function rename(lease: Lease, stored?: StoredPlan, plan?: DeliveryPlan): Promise<void> {
    const before = named.get(nameOf(lease)) ?? [];
    const now = namesIn(stored, plan);
    named.set(nameOf(lease), now);
    const gone = before.filter((key) => !now.includes(key));
    // What is left over goes by the bucket's lifecycle rule.
    await Promise.all(gone.map((key) => spool.remove(key).catch(() => {})));
  }

  return {
    ...readers,
    async get(shard, readerId) {
      const state = await readers.get(shard, readerId);
      return state?.plan === undefined ? state : { ...state, plan: await whole(state.plan) };
    },
    async acquire(shard, readerId, claim) {
      const acquired = await readers.acquire(shard, readerId, claim);
      if (acquired.kind !== "acquired" || acquired.state.plan === undefined) return acquired;
      const plan = await whole(acquired.state.plan);
      named.set(nameOf(acquired.lease), namesIn(acquired.state.plan, plan));
      return { ...acquired, state: { ...acquired.state, plan } };
    },
    async savePlan(lease, plan, order) {
      const stored = await shorten(plan);
      const saved = await readers.savePlan(lease, stored, order);
      // One that was fenced may stand all the same: its answer may have been lost.
      if (saved === "done") await rename(lease, stored, plan);
      return saved;
    },
    async moveOn(lease, to, order) {
      const stored = await shorten(to.plan);
      const moved = await readers.moveOn(lease, { ...to, plan: stored }, order);
      if (moved === "done") await rename(lease, stored, to.plan);
      return moved;
    },
    async advance(lease, from, to) {
      const advanced = await readers.advance(lease, from, to);
      if (advanced === "done") await rename(lease);
      return advanced;
    },
  };
}

function namesIn(stored: StoredPlan | undefined, plan: DeliveryPlan | undefined): string[] {
  const names = [stored?.rest, plan?.waiting?.key, plan?.left?.key];
  return [...names.filter((key) => key !== undefined), ...spooledOf(plan?.settling)];
}
