/** Nothing is lost and nothing doubled, whatever is refused, dies or comes again. */
import { describe, expect, it } from "vitest";
import type { BridgeTarget } from "../../../src/bridge/target.ts";
import { serviceError } from "../../../src/errors.ts";
import type { AppendPorts } from "../../../src/log/commit.ts";
import type { ProofStore } from "../../../src/log/proof.ts";
import { mortality, wrapped } from "../../helpers/faulty-ports.ts";
import {
  base64,
  bridgeEvent,
  dynamodbChange,
  dynamodbEvent,
  fifoMessage,
  gzipped,
  kafkaEvent,
  kafkaRecord,
  kinesisEvent,
  LOG_ENVELOPE,
  logsEvent,
  s3Event,
  snsEvent,
  sqsEvent,
  sqsMessage,
} from "./events.ts";
import { bridgeWorld, BUCKET, type InvocationOptions, TO_DELIVERY, TO_STREAM } from "./world.ts";

const ALL_DONE = { batchItemFailures: [] };

type World = Awaited<ReturnType<typeof bridgeWorld>>;

const textsOf = async (world: World, to: typeof TO_STREAM | typeof TO_DELIVERY) =>
  "stream" in to
    ? (await world.stored()).map(({ data }) => data)
    : (await world.delivered()).map((data) => Buffer.from(data).toString());

/** A process that dies at its call number `at`. */
const dying = (at: number, when: "before" | "after") => {
  const around = mortality(at, when);
  return {
    ports: ({ log, bodies, proofs, ...others }: AppendPorts): AppendPorts => ({
      ...others,
      // What is read on the way is read from its own memory.
      log: { ...wrapped(log, around), read: (...range) => log.read(...range) },
      bodies: wrapped(bodies, around),
      proofs: wrapped(proofs as ProofStore, around),
    }),
    patienceMs: 1000,
  };
};

/** A target whose first answers are these; then the true ones. */
function refusing(...answers: readonly (readonly number[] | Error)[]) {
  let next = 0;
  return (target: BridgeTarget): BridgeTarget => ({
    ...target,
    async put(records, call) {
      const answer = answers[next++];
      if (answer instanceof Error) throw answer;
      if (answer === undefined) return target.put(records, call);
      const taken = records.filter((_, i) => !answer.includes(i));
      if (taken.length > 0) await target.put(taken, call);
      return records.map((_, i) => (answer.includes(i) ? "busy" : "stored"));
    },
  });
}

/** For three of the four shards. */
const shardRecords = kinesisEvent(
  ...Array.from({ length: 12 }, (_, i) => [`record ${i}`, "abcde"[i % 5]!] as const),
);

const EVENTS: readonly (readonly [string, object, number])[] = [
  ["a queue", sqsEvent(sqsMessage(1), sqsMessage(2), sqsMessage(3)), 3],
  ["a FIFO queue", sqsEvent(fifoMessage(1, "a"), fifoMessage(2, "b"), fifoMessage(3, "a")), 3],
  ["a topic", snsEvent(), 1],
  ["EventBridge", bridgeEvent(), 1],
  ["CloudWatch Logs", logsEvent(gzipped(LOG_ENVELOPE)), 1],
  ["S3", s3Event("a", "b"), 2],
  ["IoT", { temperature: 21 }, 1],
  ["a data stream", shardRecords, 12],
  ["a table", dynamodbEvent(dynamodbChange(1), dynamodbChange(2)), 2],
  [
    "Kafka",
    kafkaEvent({
      "orders-0": [1, 2, 3].map((at) =>
        kafkaRecord("orders", 0, at, { key: base64(`k${at}`), value: base64(`v${at}`) }),
      ),
      "orders-1": [kafkaRecord("orders", 1, 1, { value: base64("w1") })],
    }),
    4,
  ],
];

const TARGETS = [
  ["a data stream", TO_STREAM],
  ["a delivery stream", TO_DELIVERY],
] as const;

describe.each(TARGETS)("into %s", (_, settings) => {
  it.each(EVENTS)("what %s brings is stored once, however often it comes", async (...row) => {
    const [, event, count] = row;
    const world = await bridgeWorld();
    for (let time = 0; time < 3; time++) {
      expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
      await world.clock.sleep(10 * 60_000);
    }
    expect(await textsOf(world, settings)).toHaveLength(count);
  });

  it.each(EVENTS)("what %s brings is stored once, wherever the process dies", async (...row) => {
    const [, event, count] = row;
    for (const when of ["before", "after"] as const) {
      let isOver = false;
      for (let at = 1; !isOver; at++) {
        const world = await bridgeWorld();
        const first = await world.invoke(event, { settings, ...dying(at, when) }).then(
          ({ batchItemFailures }) => batchItemFailures.length === 0,
          () => false,
        );
        // The last process did not come to its last call.
        isOver = first;
        if (!first) expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
        const texts = await textsOf(world, settings);
        expect(texts, `${when} call ${at}`).toHaveLength(count);
        expect(new Set(texts).size).toBe(count);
        expect(at).toBeLessThan(100);
      }
    }
  });
});

describe("what came in other company the first time", () => {
  it.each(TARGETS)("is stored once in %s, for a message is a call", async (_, settings) => {
    const world = await bridgeWorld();
    for (const message of [sqsMessage, (number: number) => fifoMessage(number, "a")]) {
      for (const numbers of [[1, 2, 3], [1, 2], [3, 4], [2]]) {
        const event = sqsEvent(...numbers.map((number) => message(number)));
        expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
      }
    }
    // Of two queues.
    expect(await textsOf(world, settings)).toHaveLength(2 * 4);
  });
});

describe("an answer that is lost", () => {
  it.each(TARGETS)("doubles nothing in %s", async (_, settings) => {
    const world = await bridgeWorld();
    let shard: string | undefined;
    let lostCount = 0;
    const lose = <Answer>(of: string, answer: Answer): Answer => {
      shard ??= of;
      // That of the block, and that to its writer's question what became of it.
      if (of === shard && (lostCount += 1) <= 2) throw new Error("the connection is gone");
      return answer;
    };
    const ports = (all: AppendPorts): AppendPorts => ({
      ...all,
      log: {
        ...all.log,
        read: (range) => all.log.read(range),
        write: async (entry) => lose(entry.shard, await all.log.write(entry)),
        fill: async (of, ...place) => lose(of, await all.log.fill(of, ...place)),
      },
    });
    expect(await world.invoke(shardRecords, { settings, ports })).toEqual(ALL_DONE);
    expect(await textsOf(world, settings)).toHaveLength(12);
  });
});

describe("what is refused for now", () => {
  it("is put again in the same invocation, the refused records alone", async () => {
    const world = await bridgeWorld();
    const target = refusing([1, 3], [0], serviceError("ServiceUnavailableException", "busy"));
    expect(await world.invoke(shardRecords, { target })).toEqual(ALL_DONE);
    expect((await world.stored()).map(({ data }) => data).toSorted()).toEqual(
      Array.from({ length: 12 }, (_, i) => `record ${i}`).toSorted(),
    );
    expect(world.reports[0]?.carried).toMatchObject({ storedCount: 12, left: [] });
  });

  it("keeps its order where a shard takes no more in a second", async () => {
    const world = await bridgeWorld();
    const event = kinesisEvent(
      ...Array.from({ length: 8 }, (_, i) => [`${i}${"x".repeat(400_000)}`, "same"] as const),
    );
    expect(await world.invoke(event)).toEqual(ALL_DONE);
    expect((await world.stored()).map(({ data }) => data.charAt(0)).join("")).toBe("01234567");
  });

  it("is left to the source as a whole batch when time is over, and stored once when it comes again", async () => {
    const world = await bridgeWorld();
    const event = kinesisEvent(
      ...Array.from({ length: 8 }, (_, i) => [`${i}${"x".repeat(400_000)}`, `${i % 2}`] as const),
    );
    // A second's worth of two shards is stored, and more is not tried.
    const first = await world.invoke(event, { patienceMs: 1 }).catch((error: Error) => error);
    expect(first).toMatchObject({ message: "8 of 8 records are left" });
    expect(await world.stored()).not.toHaveLength(0);
    expect(await world.stored()).not.toHaveLength(8);
    expect(await world.invoke(event)).toEqual(ALL_DONE);
    expect((await world.stored()).map(({ data }) => data.charAt(0)).toSorted()).toEqual([
      ..."01234567",
    ]);
  });

  it("waits for a table that cannot say at once what the stream takes", async () => {
    const world = await bridgeWorld();
    let askedCount = 0;
    const target = (all: BridgeTarget): BridgeTarget => ({
      ...all,
      refusals: (records) =>
        (askedCount += 1) < 3 ? Promise.reject(new Error("busy")) : all.refusals(records),
    });
    const settings = TO_DELIVERY;
    expect(await world.invoke(snsEvent(), { settings, target })).toEqual(ALL_DONE);
    expect(await world.delivered()).toHaveLength(1);
  });

  it("begins nothing once time is over", async () => {
    const world = await bridgeWorld();
    const beganAtMs = world.clock.now();
    let putCount = 0;
    const target = (all: BridgeTarget): BridgeTarget => ({
      ...all,
      async put() {
        putCount += 1;
        await world.clock.sleep(5000);
        throw new Error("no answer");
      },
    });
    const messages = Array.from({ length: 200 }, (_, number) => sqsMessage(number));
    const answer = world.invoke(sqsEvent(...messages), { target, patienceMs: 10_000 });
    await expect(answer).rejects.toThrow("200 of 200 records are left");
    expect(world.clock.now() - beganAtMs).toBeLessThanOrEqual(15_000);
    expect(putCount).toBeLessThanOrEqual(128);
  });

  it("is not tried again where no attempt changes it", async () => {
    const world = await bridgeWorld();
    const settings = { ...TO_STREAM, stream: "nowhere" };
    const beganAtMs = world.clock.now();
    await expect(world.invoke(snsEvent(), { settings })).rejects.toThrow("1 of 1 records are left");
    expect(world.clock.now()).toBe(beganAtMs);
    expect(world.reports[0]?.carried.error).toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a partial answer", () => {
  const failing =
    (...texts: readonly string[]): NonNullable<InvocationOptions["target"]> =>
    (target) => ({
      ...target,
      put: (records, call) =>
        records.some(({ data }) => texts.some((text) => Buffer.from(data).includes(text)))
          ? Promise.resolve(records.map(() => "busy"))
          : target.put(records, call),
    });
  const failuresOf = async (answer: ReturnType<World["invoke"]>) =>
    (await answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

  it("names the messages of a queue that are left", async () => {
    const world = await bridgeWorld();
    const messages = [sqsMessage(1), sqsMessage(2), sqsMessage(3)];
    const answer = world.invoke(sqsEvent(...messages), { target: failing('"order":2') });
    expect(await failuresOf(answer)).toEqual([messages[1]!.messageId]);
    expect(await world.stored()).toHaveLength(2);
  });

  it("names all messages of a FIFO queue's group from the first that is left", async () => {
    const world = await bridgeWorld();
    const messages = [
      fifoMessage(1, "a"),
      fifoMessage(2, "a"),
      fifoMessage(3, "b"),
      fifoMessage(4, "a"),
    ];
    const answer = world.invoke(sqsEvent(...messages), { target: failing('"order":2') });
    expect(await failuresOf(answer)).toEqual([messages[1]!.messageId, messages[3]!.messageId]);
    expect((await world.stored()).map(({ data }) => data).toSorted()).toEqual([
      '{"order":1}',
      '{"order":3}',
    ]);
  });

  it("names a shard's records from the first call that is left, and then they are told again", async () => {
    const world = await bridgeWorld();
    const event = kinesisEvent(
      ...Array.from({ length: 1001 }, (_, i) => [`record ${i};`, `key ${i}`] as const),
    );
    const numbers = event.Records.map(({ kinesis }) => kinesis.sequenceNumber);
    const answer = world.invoke(event, { target: failing("record 700;") });
    // Calls hold 500 records.
    expect(await failuresOf(answer)).toEqual(numbers.slice(500));
    const rest = { Records: event.Records.slice(500) };
    expect(await world.invoke(rest)).toEqual(ALL_DONE);
    expect(await world.invoke(rest)).toEqual(ALL_DONE);
    expect(await world.stored()).toHaveLength(1001);
  });

  it("names Kafka's records by partition and offset, those of other partitions being stored", async () => {
    const world = await bridgeWorld();
    const record = (partition: number, offset: number) =>
      kafkaRecord("orders", partition, offset, { value: base64(`${partition}/${offset}`) });
    const event = kafkaEvent({
      "orders-0": [record(0, 8), record(0, 9)],
      "orders-1": [record(1, 4)],
    });
    const answer = world.invoke(event, { target: failing("0/9") });
    expect(await failuresOf(answer)).toEqual([
      { partition: "orders-0", offset: 8 },
      { partition: "orders-0", offset: 9 },
    ]);
    expect((await world.stored()).map(({ data }) => data)).toEqual(["1/4"]);
  });

  it("is none where the source's mapping does not ask for it: all of it is failed", async () => {
    const world = await bridgeWorld();
    const settings = { ...TO_STREAM, partialAnswers: [] };
    const event = sqsEvent(sqsMessage(1), sqsMessage(2));
    await expect(world.invoke(event, { settings, target: failing('"order":2') })).rejects.toThrow(
      "1 of 2 records are left",
    );
    expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
    expect(await world.stored()).toHaveLength(2);
  });
});

describe("a record that the stream never takes", () => {
  it.each([
    ["a delivery stream", TO_DELIVERY, 1_024_001],
    ["a data stream", TO_STREAM, 1_048_577],
  ])("of %s is kept aside, and holds up no other", async (_, settings, byteCount) => {
    const world = await bridgeWorld();
    const event = kinesisEvent(["first", "k"], ["x".repeat(byteCount), "k"], ["last", "k"]);
    expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
    expect(await textsOf(world, settings)).toEqual(["first", "last"]);
    const [object] = world.objects.list(BUCKET);
    expect(object?.key).toMatch(/^bridge-failed\/orders\/2026\/07\/13\/14\/[0-9a-f]{32}\.json$/);
    const line = JSON.parse(Buffer.from(object!.body).toString()) as Record<string, string>;
    expect(line).toMatchObject({
      errorCode: "Bridge.RecordRefused",
      errorMessage: expect.stringMatching(/1024000|1048576/) as string,
      bridge: "orders",
      id: expect.stringContaining("shardId-000000000006:") as string,
      partitionKey: "k",
    });
    expect(Buffer.from(line["rawData"]!, "base64")).toHaveLength(byteCount);
    expect(world.reports[0]?.carried).toMatchObject({ storedCount: 2, keptCount: 1 });
  });

  it("leaves all of a shard's batch while it cannot be kept aside, and then nothing is doubled", async () => {
    const world = await bridgeWorld();
    const settings = TO_DELIVERY;
    const event = kinesisEvent(["first", "k"], ["x".repeat(1_024_001), "k"], ["last", "k"]);
    world.objects.refuse(BUCKET, "refused");
    const answer = world.invoke(event, { settings });
    await expect(answer).rejects.toThrow("3 of 3 records are left");
    world.objects.refuse(BUCKET, undefined);
    expect(await world.invoke(event, { settings })).toEqual(ALL_DONE);
    expect(await textsOf(world, settings)).toEqual(["first", "last"]);
    expect(world.objects.list(BUCKET)).toHaveLength(1);
  });

  it("is left to its source while it cannot be kept aside", async () => {
    const world = await bridgeWorld();
    world.objects.refuse(BUCKET, "refused");
    const large = sqsMessage(2, { body: "x".repeat(1_024_001) });
    const event = sqsEvent(sqsMessage(1), large);
    const { batchItemFailures } = await world.invoke(event, { settings: TO_DELIVERY });
    expect(batchItemFailures).toEqual([{ itemIdentifier: large.messageId }]);
    world.objects.refuse(BUCKET, undefined);
    expect(await world.invoke(event, { settings: TO_DELIVERY })).toEqual(ALL_DONE);
    expect(world.objects.list(BUCKET)).toHaveLength(1);
    expect(await world.delivered()).toHaveLength(1);
  });
});

it("refuses what none of its sources sends", async () => {
  const world = await bridgeWorld();
  const settings = { ...TO_STREAM, sources: ["sns"] as const };
  await expect(world.invoke(sqsEvent(sqsMessage(1)), { settings })).rejects.toThrow(
    "The bridge orders is fed by sns, not by such an event.",
  );
  expect(await world.stored()).toEqual([]);
});

it("puts nothing that the stream's policy denies", async () => {
  const world = await bridgeWorld();
  const denied = serviceError("AccessDeniedException", "no");
  await expect(
    world.invoke(snsEvent(), { authorize: () => Promise.reject(denied) }),
  ).rejects.toThrow("no");
  expect(await world.stored()).toEqual([]);
});
