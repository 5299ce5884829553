/** A mapping on a data stream over the memory twins, and a function that the test writes. */
import { consume } from "../../../src/consumer/run.ts";
import type { ConsumeReport } from "../../../src/consumer/run-report.ts";
import {
  consumerReaderId,
  consumerFollower,
  type EventSourceMapping,
} from "../../../src/consumer/mapping.ts";
import type { BatchResult } from "../../../src/consumer/ports.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import { groupCommit } from "../../../src/log/group-commit.ts";
import { systemRandom } from "../../../src/random.ts";
import { startFollowing } from "../../../src/readers/follow.ts";
import type { RunResult } from "../../../src/readers/run.ts";
import { lookedUpTo } from "../../../src/readers/store.ts";
import { decideWake } from "../../../src/readers/wake.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { changedMapping, eventSourceMapping } from "../../helpers/event-source-mapping.ts";
import { TRANSITION_MS, world } from "../streams/reshard-world.ts";
import { shardLookup } from "../../../src/streams/shard-lookup.ts";

export const { eventSourceArn: STREAM_ARN, functionArn: FUNCTION_ARN } = eventSourceMapping();

export interface EventRecord {
  readonly key: string;
  readonly data: string;
  readonly sequenceNumber: string;
}

/** What a test's function is given: the event, and its records made readable. */
export interface Call {
  readonly event: Readonly<Record<string, unknown>>;
  readonly records: readonly EventRecord[];
  readonly data: readonly string[];
  readonly atMs: number;
}

/** Answers what the function returns; throwing is the function's throwing. */
export type TestFunction = (call: Call) => unknown;

/** What Lambda says when it does not run the function. */
export class Refused extends Error {}

export async function consumerWorld({
  shardCount = 1,
  ...members
}: Partial<EventSourceMapping> & { readonly shardCount?: number } = {}) {
  const made = await world(shardCount);
  const { clock, log, stream, keyOf } = made;
  const readers = memoryReaders<Progress>();
  const mappings = memoryMappings();
  const bodies = memoryBodies(systemRandom);
  const append = groupCommit({ log, bodies, clock, random: systemRandom });
  const streams = shardLookup({ ...made, transitionDelayMs: TRANSITION_MS });
  let mapping = eventSourceMapping({ streamGeneration: stream.generation, ...members });
  await mappings.create(mapping);
  const readerId = consumerReaderId(mapping.uuid);
  await startFollowing(
    { ...made, readers },
    await made.view(),
    consumerFollower(mapping),
    mapping.start,
  );

  const calls: Call[] = [];
  const reports: ConsumeReport[] = [];
  const failures: { readonly arn: string; readonly document: unknown; readonly key: string }[] = [];
  const facts = { requestId: "request", statusCode: 200, executedVersion: "$LATEST" };
  let requestCount = 0;
  let behaviour: TestFunction = () => undefined;
  let destination: () => void = () => {};

  async function invoke(_arn: string, payload: string): Promise<BatchResult> {
    const event = JSON.parse(payload) as Readonly<Record<string, unknown>>;
    const records = (event["Records"] as { kinesis: Record<string, string> }[]).map(
      ({ kinesis }): EventRecord => ({
        key: kinesis["partitionKey"]!,
        data: Buffer.from(kinesis["data"]!, "base64").toString(),
        sequenceNumber: kinesis["sequenceNumber"]!,
      }),
    );
    const call: Call = { event, records, data: records.map(({ data }) => data), atMs: clock.now() };
    calls.push(call);
    const own = { ...facts, requestId: `request-${++requestCount}` };
    try {
      const returned = await behaviour(call);
      const text = returned === undefined ? "null" : JSON.stringify(returned);
      return { kind: "returned", payload: text, facts: own };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof Refused) {
        return { kind: "refused", code: "Lambda.InvokeLimitExceeded", message };
      }
      return { kind: "failed", functionError: "Unhandled", message, facts: own };
    }
  }

  const ports = {
    ...made,
    transitionDelayMs: TRANSITION_MS,
    readers,
    mappings,
    bodies,
    streams,
    random: { ...systemRandom, fraction: () => 1 },
    invoker: { invoke },
    destination: {
      async report(arn: string, failure: { document: string; object: { key: string } }) {
        destination();
        failures.push({ arn, document: JSON.parse(failure.document), key: failure.object.key });
      },
    },
    region: "us-east-1",
    roleArn: "arn:aws:iam::000000000000:role/consume",
    streamArn: (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
    report: (report: ConsumeReport) => void reports.push(report),
  };

  const stateOf = (index = 0) => readers.get(keyOf(index), readerId);

  /** Shards whose message was kept. */
  const comingBack = new Set<number>();

  /** One hand-out of a shard's wake-up message. */
  async function wake(
    index = 0,
    over: Partial<Parameters<typeof consume>[1]> = {},
    otherPorts: Partial<typeof ports> = {},
  ) {
    const state = await stateOf(index);
    if (state === undefined) throw new Error(`no reader in shard ${index}`);
    const result = await consume(
      { ...ports, ...otherPorts },
      {
        wakeUp: { shard: keyOf(index), readerId, blockIndex: lookedUpTo(state) },
        messageId: "message",
        isRepeated: false,
        deadlineMs: clock.now() + 900_000,
        backOffMs: 1000,
        ...over,
      },
    );
    if (result.kind === "retry") comingBack.add(index);
    return result;
  }

  return {
    ...made,
    ports,
    readers,
    mappings,
    calls,
    reports,
    failures,
    wake,
    stateOf,
    reads: (index = 0) => calls.filter((call) => shardOf(call) === index).map(({ data }) => data),
    does(fn: TestFunction): void {
      behaviour = fn;
    },
    destinationDoes(fn: () => void): void {
      destination = fn;
    },
    async change(changes: Partial<EventSourceMapping>): Promise<void> {
      mapping = changedMapping(mapping, changes);
      await mappings.update(mapping);
    },
    /** `["a:1", "b:2"]`: key and data of the records of one call. */
    async put(records: readonly string[], index = 0): Promise<void> {
      const parsed = records.map((text) => {
        const [partitionKey = "", data = ""] = text.split(":");
        return { partitionKey, data: Buffer.from(data) };
      });
      const appended = await append(keyOf(index), { records: parsed, retentionMs: 86_400_000 });
      if (appended.kind !== "appended") throw new Error(appended.kind);
    },
    async putBytes(partitionKey: string, data: Uint8Array): Promise<void> {
      await append(keyOf(0), { records: [{ partitionKey, data }], retentionMs: 86_400_000 });
    },
    /** As the queue would, until no message is left. Answers how often one was handed out. */
    async settle(index = 0): Promise<number> {
      for (let handedOut = 1; ; handedOut++) {
        const isRepeated = comingBack.delete(index);
        const { wakesAtMs = 0 } = (isRepeated && (await stateOf(index))) || {};
        await clock.sleep(Math.max(0, wakesAtMs - clock.now()));
        const result: RunResult = await wake(index, { isRepeated });
        if (result.kind === "done") return handedOut;
        if (result.error !== undefined && !result.isOpenMeanwhile)
          throw new Error("the run failed", { cause: result.error });
        if (handedOut > 2000) throw new Error("the message comes back for ever");
      }
    },
    /** What a doorbell would send now. */
    async decide(index = 0) {
      const head = await log.head(keyOf(index));
      const state = await stateOf(index);
      return decideWake(head!, state!, clock.now(), clock.now());
    },
  };

  function shardOf({ event }: Call): number {
    const [first] = event["Records"] as { eventID: string }[];
    return Number(first?.eventID.slice("shardId-".length).split(":")[0]);
  }
}
