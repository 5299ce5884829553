import { describe, expect, test } from "vitest";
import type {
  Batch,
  BatchOutcome,
  BatchSender,
  Receiver,
} from "../../../../../src/delivery/destinations/receivers/port.ts";
import type { ReceiverPorts } from "../../../../../src/delivery/destinations/receivers/ports.ts";
import type { ReceiverKind } from "../../../../../src/delivery/destinations/receivers/registry.ts";
import { DELIVERY_READER } from "../../../../../src/delivery/delivery-stream.ts";
import { answering, deliverWorld, ok, START_MS } from "../../deliver-world.ts";
import { TRANSFORM } from "../../delivery-ports.ts";

const RECEIVER = {
  kind: "http-endpoint",
  place: "https://intake.example.com",
  roleArn: "arn:aws:iam::000000000000:role/hydrant",
  retrySeconds: 10,
  url: "https://intake.example.com",
  contentEncoding: "NONE",
  commonAttributes: [],
} as const;

const BUSY = { errorCode: "HttpEndpoint.503", errorMessage: "busy" };
const REFUSED = { errorCode: "HttpEndpoint.400", errorMessage: "no" };
const DELIVERED: BatchOutcome = { kind: "delivered" };

/** What a test's receiver was sent: a batch's id and the texts in it. */
type Sent = readonly [id: string, ...texts: string[]];

function portsOf(open: () => ReceiverKind): ReceiverPorts {
  const unused = () => Promise.reject(new Error("not asked"));
  return { http: { send: unused }, secrets: { read: unused }, open };
}

/** Batches of two, each answered by what `answers` says of it. */
function taking(
  answers: (batch: Batch, sentBefore: number) => BatchOutcome,
  over: Partial<BatchSender> = {},
) {
  const sent: Sent[] = [];
  const sender: BatchSender = {
    errorOutputType: "http-endpoint-failed",
    bounds: { maxCount: 2, maxBytes: 1000 },
    sizeOf: ({ data }) => data.length,
    async send(batch) {
      const outcome = answers(batch, sent.length);
      sent.push([batch.id, ...batch.records.map(({ data }) => Buffer.from(data).toString())]);
      return outcome;
    },
    ...over,
  };
  return { sent, receivers: portsOf(() => ({ kind: "batches", sender })) };
}

const textsOf = (sent: readonly Sent[]) => sent.map(([, ...texts]) => texts.join(""));

async function world(over: object = {}, fn?: Parameters<typeof deliverWorld>[1]) {
  const made = await deliverWorld({ receiver: RECEIVER, ...over }, fn);
  const failed = () =>
    made.contents().flatMap(({ text }) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  return { ...made, failed };
}

const raw = (line: Record<string, unknown>) =>
  Buffer.from(String(line["rawData"]), "base64").toString();

describe("a flush for a receiver of batches", () => {
  test("is sent in order, and leaves nothing behind", async () => {
    const { sent, receivers } = taking(() => DELIVERED);
    const { put, run, contents, spool, readers, shard, flushes } = await world();
    await put("a", "b", "c");
    await put("d", "e");
    expect(await run({ receivers })).toEqual({ kind: "done" });
    expect(textsOf(sent)).toEqual(["ab", "cd", "e"]);
    expect(new Set(sent.map(([id]) => id)).size).toBe(3);
    expect(contents()).toEqual([]);
    expect(spool.keys()).toEqual([]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(2);
    expect(flushes).toMatchObject([
      { receiver: "http-endpoint", deliveredCount: 5, deliveredBytes: 5, failedCount: 0 },
    ]);
  });

  test("begins a batch anew where the bytes end, and sends a large record alone", async () => {
    const { sent, receivers } = taking(() => DELIVERED, { bounds: { maxCount: 9, maxBytes: 3 } });
    const { put, run } = await world();
    await put("aa", "b", "c", "ddddd", "e");
    await run({ receivers });
    expect(textsOf(sent)).toEqual(["aab", "c", "ddddd", "e"]);
  });

  test("is sent again as it was, ids and all, when a run died behind it", async () => {
    let dies = true;
    const { sent, receivers } = taking(() => DELIVERED);
    const { put, run, clock, readers } = await world({ transform: TRANSFORM }, counting());
    await put("a", "b", "c", "d");
    let saves = 0;
    const savePlan: typeof readers.savePlan = (lease, plan, order) => {
      saves += 1;
      if (dies && saves >= 3) return Promise.reject(new Error("killed"));
      return readers.savePlan(lease, plan, order);
    };
    await run({ receivers, readers: { ...readers, savePlan } });
    dies = false;
    await clock.sleep(60_000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    // The function counts how often it is called, and was called once.
    expect(textsOf(sent)).toEqual(["a1b1", "a1b1", "c1d1"]);
    expect(sent[0]).toEqual(sent[1]);
  });

  test("that is refused holds up no other batch, and is tried again later", async () => {
    const { sent, receivers } = taking(({ records }, before) =>
      before < 3 && Buffer.from(records[0]!.data).toString() === "a"
        ? { kind: "retry", error: BUSY }
        : DELIVERED,
    );
    const { put, run, clock, shard, readers, flushes } = await world();
    await put("a", "b", "c", "d");
    const first = await run({ receivers });
    expect(first.kind).toBe("retry");
    expect(textsOf(sent)).toEqual(["ab", "cd"]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(0);
    expect(flushes).toMatchObject([{ isFailed: true }]);
    await clock.sleep(2000);
    await run({ receivers }, { isRepeated: true });
    await clock.sleep(4000);
    await run({ receivers }, { isRepeated: true });
    expect(textsOf(sent)).toEqual(["ab", "cd", "ab", "ab"]);
    expect(new Set([sent[0]![0], sent[2]![0], sent[3]![0]]).size).toBe(1);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(1);
  });

  test("fails in words that quote no record, for who asks how the stream fares", async () => {
    const errorMessage = "The endpoint answered 400: cannot read the record of ann@example.com";
    const error = { errorCode: "HttpEndpoint.DestinationException", errorMessage };
    const { receivers } = taking(() => ({ kind: "retry", error }));
    const { put, run, readers, shard } = await world();
    await put("a");
    await run({ receivers });
    const { attempts } = (await readers.get(shard, DELIVERY_READER))?.plan?.settling ?? {};
    expect(attempts?.error.errorMessage).toBe("The endpoint answered 400");
  });

  test("is left at the first batch where the receiver is away", async () => {
    const { sent, receivers } = taking(() => ({ kind: "retry", error: BUSY, isAway: true }));
    const { put, run } = await world();
    await put("a", "b", "c", "d");
    const { kind, ...rest } = await run({ receivers });
    expect(kind).toBe("retry");
    expect(rest).toHaveProperty("atMs");
    expect(textsOf(sent)).toEqual(["ab"]);
  });

  test("taken in part is sent again in part", async () => {
    const { sent, receivers } = taking(
      ({ records }) => ({
        kind: "each",
        records: records.map(({ data }) => {
          const text = Buffer.from(data).toString();
          if (text === "no") return { kind: "failed", error: REFUSED };
          return sent.length < 2 && text === "later"
            ? { kind: "retry", error: BUSY }
            : { kind: "delivered" };
        }),
      }),
      { bounds: { maxCount: 5, maxBytes: 1000 } },
    );
    const { put, run, clock, failed } = await world();
    await put("yes", "later", "no", "later");
    await run({ receivers });
    await clock.sleep(2000);
    await run({ receivers }, { isRepeated: true });
    await clock.sleep(4000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(textsOf(sent)).toEqual(["yeslaternolater", "laterlater", "laterlater"]);
    expect(failed().map(raw)).toEqual(["no"]);
  });

  test("that cannot be sent at all fails, and is in no batch", async () => {
    const { sent, receivers } = taking(() => DELIVERED, {
      problemOf: ({ data }) =>
        Buffer.from(data).toString() === "x"
          ? { ...REFUSED, details: { esIndexName: "logs" } }
          : undefined,
    });
    const { put, run, failed } = await world();
    await put("x", "a", "x", "b", "c", "x");
    await run({ receivers });
    expect(textsOf(sent)).toEqual(["ab", "c"]);
    expect(failed().map(raw)).toEqual(["x", "x", "x"]);
    expect(failed()[0]).toMatchObject({ errorCode: "HttpEndpoint.400", esIndexName: "logs" });
  });

  test("asks later for what is awaited, and counts no attempt", async () => {
    const memos: unknown[] = [];
    const { receivers } = taking(({ memo }) => {
      memos.push(memo);
      return memo === undefined ? { kind: "awaited", memo: { ack: 7 }, afterMs: 3000 } : DELIVERED;
    });
    const { put, run, clock } = await world({ receiver: { ...RECEIVER, retrySeconds: 0 } });
    await put("a");
    expect(await run({ receivers })).toMatchObject({ kind: "retry", atMs: START_MS + 3000 });
    await clock.sleep(3000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(memos).toEqual([undefined, { ack: 7 }]);
  });
});

describe("what is given up", () => {
  test("lies among the failed records as it was ingested, with the last error", async () => {
    const { sent, receivers } = taking(({ index }) =>
      index === 0 ? DELIVERED : { kind: "retry", error: BUSY, isAway: true },
    );
    const { put, run, clock, contents, failed, spool, readers, shard, flushes } = await world(
      { transform: TRANSFORM },
      counting(),
    );
    await put("a", "b", "c", "d", "e");
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const result = await run({ receivers }, { isRepeated: attempt > 0 });
      if (result.kind === "done") break;
      await clock.sleep((result as { atMs: number }).atMs - clock.now());
    }
    // After 0, 1, 3, 7 and 10 seconds, or so.
    expect(textsOf(sent)).toEqual(["a1b1", ...Array.from({ length: 5 }, () => "c1d1")]);
    expect(contents()[0]?.key).toMatch(/^http-endpoint-failed\/2026\/11\/23\/10\/access-logs-1-/);
    expect(failed().map(raw)).toEqual(["c", "d", "e"]);
    expect(failed()[0]).toMatchObject({ ...BUSY, attemptsMade: 5, arrivalTimestamp: START_MS });
    expect(failed()[0]).not.toHaveProperty("lambdaARN");
    expect(spool.keys()).toEqual([]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(1);
    expect(flushes.at(-1)).toMatchObject({ deliveredCount: 2, deliveredBytes: 4, failedCount: 3 });
  });

  test("stands beside what failed in the stages", async () => {
    const { receivers } = taking(() => ({ kind: "failed", error: REFUSED }));
    const verdict = (text: string) =>
      text === "bad" ? { result: "ProcessingFailed", data: "" } : ok(text);
    const { put, run, contents } = await world({ transform: TRANSFORM }, answering(verdict));
    await put("a", "bad", "b");
    await run({ receivers });
    expect(
      contents().map(({ key, text }) => [key.split("/")[0], text.match(/rawData/g)?.length]),
    ).toEqual([
      ["processing-failed", 1],
      ["http-endpoint-failed", 2],
    ]);
  });

  test("waits for a bucket that refuses it, and the receiver is not asked again", async () => {
    const { sent, receivers } = taking(() => ({ kind: "failed", error: REFUSED }));
    const { put, run, clock, objects, deliveryStreams, stream, contents } = await world();
    await put("a");
    const away = {
      ...objects,
      startUpload: () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" })),
      refusalOf: () => "refused" as const,
    };
    await run({ receivers, objects: away });
    await clock.sleep(60_000);
    await run({ receivers, objects: away }, { isRepeated: true });
    const other = { ...stream.destination, bucketArn: "arn:aws:s3:::elsewhere" };
    await deliveryStreams.update(stream, { ...stream, versionId: 2, destination: other });
    await clock.sleep(60_000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(textsOf(sent)).toEqual(["a"]);
    expect(objects.list().map(({ bucket }) => bucket)).toEqual(["elsewhere"]);
    expect(contents()).toHaveLength(1);
  });
});

describe("a receiver that settles a flush as a whole", () => {
  const whole = (receiver: Partial<Receiver>) => ({
    receivers: portsOf(() => ({
      kind: "whole",
      receiver: {
        errorOutputType: "iceberg-failed",
        settle: async () => ({ kind: "settled" as const }),
        ...receiver,
      },
    })),
  });

  test("is given what it has saved, and what it told of by then is kept", async () => {
    const states: unknown[] = [];
    const { receivers } = whole({
      async settle(parcel, run) {
        states.push(run.state);
        const [first] = await parcel.piece(0);
        if (run.state === undefined) {
          run.fail(first!, REFUSED);
          await run.save({ files: 1 });
          return { kind: "retry", error: BUSY };
        }
        return { kind: "settled" };
      },
    });
    const { put, run, clock, failed } = await world();
    await put("a", "b");
    await run({ receivers });
    await clock.sleep(2000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(states).toEqual([undefined, { files: 1 }]);
    expect(failed().map(raw)).toEqual(["a"]);
  });

  test("fails all that it has not told of when it is given up", async () => {
    const { receivers } = whole({
      async settle(parcel, run) {
        run.fail((await parcel.piece(0))[1]!, REFUSED);
        return { kind: "failed", error: BUSY };
      },
    });
    const { put, run, failed } = await world();
    await put("a", "b", "c");
    await run({ receivers });
    expect(failed().map((line) => [raw(line), line["errorCode"]])).toEqual([
      ["b", REFUSED.errorCode],
      ["a", BUSY.errorCode],
      ["c", BUSY.errorCode],
    ]);
  });

  test("may ask for more time, which is no failure", async () => {
    let isFirst = true;
    const { receivers } = whole({
      async settle() {
        if (!isFirst) return { kind: "settled" };
        isFirst = false;
        return { kind: "later", atMs: START_MS + 5000 };
      },
    });
    const { put, run, clock, flushes } = await world();
    await put("a");
    expect(await run({ receivers })).toMatchObject({ kind: "retry", atMs: START_MS + 5000 });
    await clock.sleep(5000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(flushes.map(({ isFailed }) => isFailed)).toEqual([false]);
  });
});

describe("what follows objects", () => {
  test("is run once they stand, before the checkpoint moves", async () => {
    const followed: unknown[] = [];
    let answers = 0;
    const receivers = portsOf(() => ({
      kind: "behind-objects",
      follower: {
        async settle(objects, { state, save }) {
          followed.push([objects.length, state]);
          await save("copied");
          answers += 1;
          return answers === 1 ? { kind: "retry", error: BUSY } : { kind: "settled" };
        },
        async givenUp() {
          followed.push("given up");
        },
      },
    }));
    const { put, run, clock, contents, readers, shard } = await world();
    await put("a", "b");
    expect((await run({ receivers })).kind).toBe("retry");
    expect(contents().map(({ text }) => text)).toEqual(["ab"]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(0);
    await clock.sleep(2000);
    expect(await run({ receivers }, { isRepeated: true })).toEqual({ kind: "done" });
    expect(followed).toEqual([
      [1, undefined],
      [1, "copied"],
    ]);
    expect(contents()).toHaveLength(1);
  });

  test("is told that it is given up", async () => {
    const followed: unknown[] = [];
    const receivers = portsOf(() => ({
      kind: "behind-objects",
      follower: {
        settle: async () => ({ kind: "retry", error: BUSY }) as const,
        async givenUp(objects, _run, error) {
          followed.push([objects.length, error]);
        },
      },
    }));
    const { put, run } = await world({ receiver: { ...RECEIVER, retrySeconds: 0 } });
    await put("a");
    expect(await run({ receivers })).toEqual({ kind: "done" });
    expect(followed).toEqual([[1, BUSY]]);
  });
});

/** A function that answers otherwise whenever it is called. */
function counting() {
  let calls = 0;
  return (event: unknown) => {
    calls += 1;
    return answering((text) => ok(`${text}${calls}`))(event);
  };
}
