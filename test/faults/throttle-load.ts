/** Offers 2,000 records a second, sends nothing twice, and counts by the second what became of them. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type KinesisClient,
  ProvisionedThroughputExceededException,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { SHARD_WRITE_MAX_COUNT_PER_SECOND } from "../../src/limits.ts";
import { parseSequenceNumber } from "../../src/log/sequence.ts";

export const CALLS_PER_SECOND = 20;
export const RECORDS_PER_CALL = (2 * SHARD_WRITE_MAX_COUNT_PER_SECOND) / CALLS_PER_SECOND;

/** What became of the records of one second. */
export interface Tally {
  accepted: number;
  throttled: number;
}

export interface Load {
  /** By the second since the epoch; what was accepted as its sequence number tells it. */
  readonly bySecond: ReadonlyMap<number, Tally>;
  /** Calls that failed for anything but the limit. */
  failedCalls(): number;
  /** Sends so many calls, one after the other. */
  warmUp(callCount: number): Promise<void>;
  /** Sends calls at their times for as long as `goesOn` says, and waits for their answers. */
  offer(goesOn: () => boolean): Promise<void>;
}

export function throttleLoad(
  client: KinesisClient,
  StreamName: string,
  hashKeyOf: (record: number) => string | undefined = () => undefined,
): Load {
  const bySecond = new Map<number, Tally>();
  let failedCalls = 0;
  const tallyOf = (ms: number): Tally => {
    const second = Math.floor(ms / 1000);
    const tally = bySecond.get(second) ?? { accepted: 0, throttled: 0 };
    bySecond.set(second, tally);
    return tally;
  };
  const Records = Array.from({ length: RECORDS_PER_CALL }, (_, i) => ({
    PartitionKey: `key-${i}`,
    ExplicitHashKey: hashKeyOf(i),
    Data: Buffer.alloc(100, 46),
  }));

  async function put(): Promise<void> {
    try {
      const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
      for (const { SequenceNumber } of answer.Records ?? []) {
        if (SequenceNumber === undefined) tallyOf(Date.now()).throttled += 1;
        else tallyOf(parseSequenceNumber(SequenceNumber)?.arrivedAtMs ?? 0).accepted += 1;
      }
    } catch (error) {
      // A call whose every record was refused is an error.
      if (error instanceof ProvisionedThroughputExceededException) {
        tallyOf(Date.now()).throttled += RECORDS_PER_CALL;
      } else failedCalls += 1;
    }
  }

  return {
    bySecond,
    failedCalls: () => failedCalls,
    async warmUp(callCount) {
      for (let call = 0; call < callCount; call++) await put();
      await sleep(1000 - (Date.now() % 1000));
      bySecond.clear();
      failedCalls = 0;
    },
    async offer(goesOn) {
      const startedAt = performance.now();
      const calls: Promise<void>[] = [];
      for (let call = 0; goesOn(); call++) {
        const dueAt = startedAt + (call * 1000) / CALLS_PER_SECOND;
        await sleep(Math.max(0, dueAt - performance.now()));
        calls.push(put());
      }
      await Promise.all(calls);
    },
  };
}

export function sum(tallies: Iterable<Tally>): Tally {
  const total = { accepted: 0, throttled: 0 };
  for (const { accepted, throttled } of tallies) {
    total.accepted += accepted;
    total.throttled += throttled;
  }
  return total;
}
