/** Puts records that are numbered per key, in order, whatever is throttled on the way. */
import { type KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Told } from "../../fixtures/functions/journal.ts";
import type { KeyedNumber } from "../../helpers/key-order.ts";
import { telling } from "./mappings.ts";

const CALL_MAX_COUNT = 500;

export interface KeyedProducer {
  /** The next record of each of the keys, so many times; `tell` says what else is in a record. */
  produce(rounds: number): Promise<void>;
  /** The last number put of each key. */
  readonly numbers: ReadonlyMap<string, number>;
}

export function keyedProducer(
  client: KinesisClient,
  StreamName: string,
  keys: readonly string[],
  tell: (record: KeyedNumber) => Told = () => ({}),
): KeyedProducer {
  const numbers = new Map<string, number>(keys.map((key) => [key, 0]));

  /** What one shard takes of a call it takes whole, so what is left may go before all that follows. */
  async function putAll(records: readonly { PartitionKey: string; Data: Buffer }[]): Promise<void> {
    for (let left = records; left.length > 0;) {
      const answer = await client.send(new PutRecordsCommand({ StreamName, Records: [...left] }));
      const results = answer.Records ?? [];
      left = left.filter((_, i) => results[i]?.SequenceNumber === undefined);
    }
  }

  return {
    numbers,
    async produce(rounds) {
      let call: { PartitionKey: string; Data: Buffer }[] = [];
      for (let round = 0; round < rounds; round++) {
        for (const PartitionKey of keys) {
          const n = numbers.get(PartitionKey)! + 1;
          numbers.set(PartitionKey, n);
          call.push({
            PartitionKey,
            Data: Buffer.from(telling(n, tell({ key: PartitionKey, n }))),
          });
          if (call.length < CALL_MAX_COUNT) continue;
          await putAll(call);
          call = [];
        }
      }
      await putAll(call);
    },
  };
}
