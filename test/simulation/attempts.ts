/**
 * Which attempts of which calls are under way where. Needed for one judgement only: an attempt that takes its
 * place after its client sent the next one could not have been found by it, and may stand in the log beside it.
 */
import { unpackRequests } from "../../src/log/retry.ts";
import type { Block, ShardKey } from "../../src/log/store.ts";
import type { Process } from "./scheduler.ts";

interface Attempt {
  readonly call: string;
  readonly number: number;
  readonly process: Process;
  isUnderWay: boolean;
  isOvertaken: boolean;
}

export interface Attempts {
  /** The client sends attempt `number` of a call. */
  sent(call: string, number: number, proof: Uint8Array | undefined): void;
  /** A process begins with it; answers what to call when it is through. */
  begun(call: string, number: number, process: Process): () => void;
  reserved(process: Process, shard: ShardKey, index: number): void;
  /** A process is about to write a block. */
  writes(process: Process, block: Block): void;
  crashed(process: Process): void;
}

export function createAttempts(
  stepCount: () => number,
  onOvertaken: (call: string) => void,
): Attempts {
  const calls = new Map<string, string>();
  const sentAt = new Map<string, number>();
  const reservedAt = new Map<string, number>();
  const attempts: Attempt[] = [];

  const attemptsOn = (process: Process) =>
    attempts.filter((attempt) => attempt.process === process && attempt.isUnderWay);

  return {
    sent(call, number, proof) {
      if (proof) calls.set(Buffer.from(proof).toString("hex"), call);
      sentAt.set(`${call} ${number}`, stepCount());
    },
    begun(call, number, process) {
      const attempt = { call, number, process, isUnderWay: true, isOvertaken: false };
      attempts.push(attempt);
      return () => {
        attempt.isUnderWay = false;
      };
    },
    reserved(process, shard, index) {
      reservedAt.set(`${process.name} ${shard} ${index}`, stepCount());
    },
    writes(process, { shard, index, requests }) {
      const placeAt = reservedAt.get(`${process.name} ${shard} ${index}`) ?? 0;
      for (const { proof } of unpackRequests(requests)) {
        const call = calls.get(Buffer.from(proof).toString("hex"));
        for (const attempt of attemptsOn(process)) {
          if (call === undefined || attempt.call !== call || attempt.isOvertaken) continue;
          const nextSentAt = sentAt.get(`${call} ${attempt.number + 1}`);
          if (nextSentAt === undefined || nextSentAt > placeAt) continue;
          attempt.isOvertaken = true;
          onOvertaken(call);
        }
      }
    },
    crashed(process) {
      for (const attempt of attemptsOn(process)) attempt.isUnderWay = false;
    },
  };
}
