/** JSON with the 64-bit numbers of table metadata, ids of snapshots above all, which are no numbers of JavaScript's. */

/** Whole numbers beyond 2^53 are bigints; all others are numbers. */
export function parseLongs(text: string): unknown {
  return JSON.parse(text, keepLong as (key: string, value: unknown) => unknown);
}

function keepLong(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

interface RawJson {
  readonly rawJSON: (text: string) => unknown;
}

export function printLongs(value: unknown): string {
  const { rawJSON } = JSON as unknown as RawJson;
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "bigint" ? rawJSON(member.toString()) : member,
  );
}
