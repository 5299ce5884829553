/** Puts records that are numbered per key, in order, whatever is throttled on the way, and waits for them. */
import { type KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Told } from "../../fixtures/functions/journal.ts";
import { eventually } from "../../helpers/eventually.ts";
import type { Journal } from "../../helpers/journal.ts";
import { checkKeyOrder, type KeyedNumber, type KeyOrder } from "../../helpers/key-order.ts";
import { telling } from "./mappings.ts";

const CALL_MAX_COUNT = 500;

export interface KeyedProducer {
  /** The next record of each of the keys, so many times; `tell` says what else is in a record. */
  produce(rounds: number): Promise<void>;
  /** Round after round until it is told to stop, and one more. */
  produceUntil(over: AbortSignal): Promise<void>;
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

  async function produce(rounds: number): Promise<void> {
    let call: { PartitionKey: string; Data: Buffer }[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const PartitionKey of keys) {
        const n = numbers.get(PartitionKey)! + 1;
        numbers.set(PartitionKey, n);
        call.push({ PartitionKey, Data: Buffer.from(telling(n, tell({ key: PartitionKey, n }))) });
        if (call.length < CALL_MAX_COUNT) continue;
        await putAll(call);
        call = [];
      }
    }
    await putAll(call);
  }

  return {
    numbers,
    produce,
    async produceUntil(over) {
      while (!over.aborted) await produce(1);
      await produce(1);
    },
  };
}

/** Waits until everything that was put is handled, or something has come out of order. */
export function untilAllHandled(
  journal: Journal,
  { numbers }: KeyedProducer,
  isPoison?: (record: KeyedNumber) => boolean,
): Promise<KeyOrder> {
  return eventually("all is handled", () => {
    const order = checkKeyOrder(journal.lines(), isPoison);
    const isDone = [...numbers].every(([key, n]) => order.handled.get(key) === n);
    return Promise.resolve(isDone || order.problems.length > 0 ? order : undefined);
  });
}
