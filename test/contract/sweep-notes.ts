/** What every `SweepNotes` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import { LEFT_BY_CALLS, type SweepNote, type SweepNotes } from "../../src/readers/sweep-notes.ts";

export function testSweepNotes(make: () => SweepNotes): void {
  const newShard = () => `firehose/${randomUUID()}/0123456789abcdef/0000` as ShardKey;
  const noteOf = (subject: SweepNote["subject"], token = "a") => ({ subject, token, atMs: 1234 });
  const among = async (notes: SweepNotes, subjects: readonly string[]) =>
    (await notes.list()).filter(({ subject }) => subjects.includes(subject));

  test("all that was noted is listed, whatever partition it is in", async () => {
    const notes = make();
    const subjects = [...Array.from({ length: 40 }, newShard), LEFT_BY_CALLS] as const;
    await Promise.all(subjects.map((subject) => notes.put(noteOf(subject))));
    const listed = await among(notes, subjects);
    expect(listed.map(({ subject }) => subject).toSorted()).toEqual(subjects.toSorted());
    expect(listed[0]).toEqual(noteOf(listed[0]!.subject));
  });

  test("a note is dropped as it was read; one that was put anew stays", async () => {
    const notes = make();
    const shard = newShard();
    await notes.put(noteOf(shard));
    await notes.put(noteOf(shard, "b"));
    await notes.drop(noteOf(shard));
    expect(await among(notes, [shard])).toEqual([noteOf(shard, "b")]);
    await notes.drop(noteOf(shard, "b"));
    await notes.drop(noteOf(shard, "b"));
    expect(await among(notes, [shard])).toEqual([]);
  });
}
