/** What a request asks for, as one text: the same whatever the order of its members. */
import { derivedUuid } from "../../derived-uuid.ts";

export function requestHash(asked: object): string {
  return derivedUuid(JSON.stringify(asked, sorted));
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
