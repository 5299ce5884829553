/** The sweep's notes in memory: the twin that simulation and unit tests run on. Nothing a user runs uses it. */
import type { SweepNote, SweepNotes } from "../../readers/sweep-notes.ts";

export function memorySweepNotes(): SweepNotes {
  const notes = new Map<string, SweepNote>();
  return {
    async put(note) {
      notes.set(note.subject, { ...note });
    },
    async list() {
      return [...notes.values()];
    },
    async drop({ subject, token }) {
      if (notes.get(subject)?.token === token) notes.delete(subject);
    },
  };
}
