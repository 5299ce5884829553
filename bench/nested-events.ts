/** Nested events of about 300 bytes, and the columns that a table has for them. */
export const EVENT_COLUMNS = {
  id: "bigint",
  name: "string",
  at: "timestamp",
  who: "struct<name:string,age:int,country:char(2)>",
  tags: "array<string>",
  price: "decimal(12,2)",
  counts: "map<string,int>",
  ok: "boolean",
  score: "double",
};

export function nestedEvents(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const event = {
      id: 7_000_000_000 + i,
      name: `user-${(i * 7919) % 10_007}/path/${i}`,
      at: new Date(Date.UTC(2026, 10, 30) + i * 137).toISOString(),
      who:
        i % 11 === 0
          ? null
          : { name: `n${i % 100}`, age: i % 90, country: "AT", email: "not a column" },
      tags: i % 5 === 0 ? null : [`t${i % 7}`, `u${(i * 31) % 977}`, "all"],
      price: (i * 13) / 100,
      counts: { [`k${i % 3}`]: i % 50, views: i },
      ok: i % 2 === 0,
      score: i / 7,
      unknown: { nested: [1, 2, { x: "ignored" }] },
    };
    return Buffer.from(JSON.stringify(event));
  });
}
