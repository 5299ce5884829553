/** G1 and G2: what producers were told is so. */
import type { Check, Part } from "./checker.ts";
import { compareRecords, type Rec } from "./log-book.ts";

export function checkProducers({ log: { records }, fail }: Check) {
  const sentAt = new Map<string, number>();
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
