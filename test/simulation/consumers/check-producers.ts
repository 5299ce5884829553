/** G1, G2 and G5: what producers were told is so, and what they called for once stands once. */
import { RETRY_PROMISE_MS } from "../checker.ts";
import type { Check, Part } from "./checker.ts";
import { compareRecords, type Rec } from "./log-book.ts";

export function checkProducers({ log: { records }, fail }: Check) {
  const sentAt = new Map<string, number>();
  /** By name: how often it was called for, and when last. */
  const calls = new Map<string, { count: number; atMs: number }>();
  const copies = new Map<string, number>();
  const goneAt = new Map<number, number>();
  /** By key: the furthest record that was acknowledged so far, after each acknowledgement. */
  const furthest = new Map<string, { readonly at: number; readonly rec: Rec }[]>();

  return {
    visitor: {
      "stream gone"({ stream }, at) {
        goneAt.set(stream, at);
      },

      sent({ names }, at) {
        for (const name of names) sentAt.set(name, at);
      },

      called({ names, atMs }) {
        for (const name of names) {
          calls.set(name, { count: (calls.get(name)?.count ?? 0) + 1, atMs });
        }
      },

      logged({ records: logged, atMs }) {
        for (const { id, name } of logged) {
          const { count: callCount = 1, atMs: calledAtMs = atMs } = calls.get(name) ?? {};
          if (atMs > calledAtMs + RETRY_PROMISE_MS) continue;
          const copy = `${name} in stream ${records.get(id)?.stream}`;
          const count = (copies.get(copy) ?? 0) + 1;
          copies.set(copy, count);
          if (count > callCount) {
            fail("G5", `${copy} stands ${count} times and was called for ${callCount} times`);
          }
        }
      },

      acknowledged({ name, id }, at) {
        const rec = records.get(id);
        if (rec?.name !== name) {
          return fail("G1", `${name} was acknowledged at ${id}: ${rec?.name}`);
        }
        const sent = sentAt.get(name)!;
        if ((goneAt.get(rec.stream) ?? Infinity) < sent) {
          fail("G1", `${name} was acknowledged at ${id}, whose stream was gone when it was sent`);
        }
        const before = furthest.get(rec.key) ?? [];
        furthest.set(rec.key, before);
        const last = before.findLast((one) => one.at < sent);
        if (last && compareRecords(last.rec, rec) >= 0) {
          const { id: other } = last.rec;
          fail("G2", `${name} stands at ${id}, and ${other} was acknowledged before it was sent`);
        }
        const top = before.at(-1)?.rec;
        before.push({ at, rec: top && compareRecords(top, rec) > 0 ? top : rec });
      },
    },
  } satisfies Part;
}
