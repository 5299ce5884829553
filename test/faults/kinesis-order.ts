/** What a reader of a whole stream may rely on: keys in order, across reshards too, and payloads under their own keys. */
import type { PageRead } from "./kinesis-journal.ts";
import { readName } from "./kinesis-producer.ts";

export function checkReaders(pages: readonly PageRead[]): readonly string[] {
  const problems: string[] = [];
  /** `reader key` → the last number read. */
  const numbers = new Map<string, { readonly number: number; readonly shardId: string }>();
  for (const { reader, shardId, records } of pages) {
    for (const { name, key } of records) {
      const named = readName(name);
      if (named.key !== key) problems.push(`the key: ${name} was read under ${key}`);
      const before = numbers.get(`${reader} ${key}`);
      if (before !== undefined && before.number >= named.number) {
        const earlier = `number ${before.number} in ${before.shardId}`;
        problems.push(`the order: ${reader} read ${name} in ${shardId} after ${earlier}`);
      }
      numbers.set(`${reader} ${key}`, { number: named.number, shardId });
    }
  }
  return problems;
}
