/**
 * Offers so many records a second to a stream, sends nothing twice, and counts by the second what became of them. Its
 * calls cost next to nothing, so that what is offered is what was meant; where answers do not come fast enough, less
 * is offered, for so many calls and no more are under way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseSequenceNumber } from "../../src/log/sequence.ts";
import { bodyOf, type SignedCalls } from "../helpers/signed-calls.ts";

const UNDER_WAY_MAX_COUNT = 64;
const THROTTLE = "ProvisionedThroughputExceededException";

/** What became of the records of one second. */
export interface Tally {
  accepted: number;
  throttled: number;
}

export interface Offer {
  readonly recordsPerSecond: number;
  /** 1: PutRecord. */
  readonly recordsPerCall: number;
  readonly hashKeyOf?: (record: number) => string;
}

export interface Load {
  /** By the second since the epoch; what was accepted as its sequence number tells it. */
  readonly bySecond: ReadonlyMap<number, Tally>;
  /** How often each answer was given that is neither of these. */
  readonly otherAnswers: ReadonlyMap<string, number>;
  /** Sends so many calls, one after the other. */
  warmUp(callCount: number): Promise<void>;
  /** Sends calls at their times for as long as `goesOn` says, and waits for their answers. */
  offer(goesOn: () => boolean): Promise<void>;
}

interface Answer {
  readonly __type?: string;
  readonly SequenceNumber?: string;
  readonly Records?: readonly { readonly SequenceNumber?: string; readonly ErrorCode?: string }[];
}

export function throttleLoad(
  calls: SignedCalls,
  StreamName: string,
  { recordsPerSecond, recordsPerCall, hashKeyOf }: Offer,
): Load {
  const bySecond = new Map<number, Tally>();
  const otherAnswers = new Map<string, number>();
  const tallyOf = (ms: number): Tally => {
    const second = Math.floor(ms / 1000);
    const tally = bySecond.get(second) ?? { accepted: 0, throttled: 0 };
    bySecond.set(second, tally);
    return tally;
  };
  const records = Array.from({ length: recordsPerCall }, (_, i) => ({
    PartitionKey: `key-${i}`,
    ...(hashKeyOf && { ExplicitHashKey: hashKeyOf(i) }),
    Data: Buffer.alloc(100, 46).toString("base64"),
  }));
  const operation = recordsPerCall === 1 ? "PutRecord" : "PutRecords";
  const body = bodyOf({
    StreamName,
    ...(recordsPerCall === 1 ? records[0] : { Records: records }),
  });

  function count(code: string | undefined, sequenceNumber: string | undefined): void {
    if (sequenceNumber !== undefined) {
      tallyOf(parseSequenceNumber(sequenceNumber)?.arrivedAtMs ?? 0).accepted += 1;
    } else if (code === THROTTLE) tallyOf(Date.now()).throttled += 1;
    else otherAnswers.set(code ?? "none", (otherAnswers.get(code ?? "none") ?? 0) + 1);
  }

  async function put(): Promise<void> {
    const { bytes } = await calls.call(`Kinesis_20131202.${operation}`, body).catch(() => ({
      bytes: Buffer.from(JSON.stringify({ __type: "no answer" })),
    }));
    const { __type: type, SequenceNumber, Records }: Answer = JSON.parse(String(bytes)) as Answer;
    if (Records !== undefined) {
      for (const record of Records) count(record.ErrorCode, record.SequenceNumber);
    } else {
      // A call whose every record was refused is an error.
      const code = type?.slice(type.lastIndexOf("#") + 1);
      for (let i = 0; i < recordsPerCall; i++) count(code, SequenceNumber);
    }
  }

  return {
    bySecond,
    otherAnswers,
    async warmUp(callCount) {
      for (let call = 0; call < callCount; call++) await put();
      await sleep(1000 - (Date.now() % 1000));
      bySecond.clear();
      otherAnswers.clear();
    },
    async offer(goesOn) {
      const startedAt = performance.now();
      const underWay = new Set<Promise<void>>();
      for (let call = 0; goesOn(); call++) {
        const dueAt = startedAt + (call * recordsPerCall * 1000) / recordsPerSecond;
        if (dueAt > performance.now()) await sleep(dueAt - performance.now());
        if (underWay.size >= UNDER_WAY_MAX_COUNT) await Promise.race(underWay);
        const running = put().finally(() => underWay.delete(running));
        underWay.add(running);
      }
      await Promise.all(underWay);
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
