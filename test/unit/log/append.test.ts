import { describe, expect, test } from "vitest";
import { BLOCK_EXPIRY_SLACK_MS, CALL_MAX_MS, PROOF_KEPT_MS } from "../../../src/limits.ts";
import type { Clock } from "../../../src/clock.ts";
import { createAppender } from "../../../src/log/append.ts";
import { type BlockSealer, createBlockSeals, streamOfShard } from "../../../src/log/block-seals.ts";
import { loadBody } from "../../../src/log/body.ts";
import type { ProofStore } from "../../../src/log/proof.ts";
import { packProof } from "../../../src/log/proof-value.ts";
import type { ProducerRequest } from "../../../src/log/record.ts";
import { formerProofKey, proofKey } from "../../../src/log/retry.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import type { BodyStore, LogEntry, LogStore, ShardKey } from "../../../src/log/store.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryKeys } from "../../../src/storage/memory/keys.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryProofs } from "../../../src/storage/memory/proofs.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const RETENTION_MS = 86_400_000;
const CALL = {
  name: "logs",
  generation: "0123456789abcdef",
  retentionMs: RETENTION_MS,
  chooseLane: () => 0,
  keyOf: () => SHARD,
};
const START_MS = Date.parse("2026-11-23T10:00:00Z");

function setUp(
  change: (log: LogStore, clock: Clock) => Partial<LogStore> = () => ({}),
  otherBodies: Partial<BodyStore> = {},
  otherProofs: Partial<ProofStore> = {},
) {
  const memory = memoryLog();
  memory.open(SHARD);
  const clock = steppingClock(START_MS);
  const log: LogStore = { ...memory, ...change(memory, clock) };
  const random = seededRandom(1);
  const bodies = memoryBodies(random);
  const proofs: ProofStore = { ...memoryProofs(), ...otherProofs };
  const ports = { log, bodies: { ...bodies, ...otherBodies }, proofs, clock, random };
  /** One process: its calls to a shard gather while one is under way. */
  const process = () => {
    const appender = createAppender(ports);
    return (texts: readonly string[], request?: ProducerRequest) =>
      appender.append({
        ...CALL,
        records: texts.map((text) => ({ data: Buffer.from(text) })),
        ...(request && { request }),
      });
  };
  return {
    memory,
    bodies,
    clock,
    ports,
    append: process(),
    elsewhere: process(),
    async entries() {
      const entries: LogEntry[] = [];
      for await (const entry of memory.read({ shard: SHARD, from: 0, to: Infinity }))
        entries.push(entry);
      return entries;
    },
    async texts(entry: LogEntry | undefined) {
      if (entry?.kind !== "data") return [];
      const { body } = entry;
      const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
      return unpackRecords(bytes).map(({ data }) => Buffer.from(data).toString());
    },
  };
}

/** A promise and its key. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const request = (attempt: number, call = 7) => ({ callId: new Uint8Array(32).fill(call), attempt });

test("a call becomes one block with its place in records and bytes", async () => {
  const { append, entries, texts } = setUp();
  expect(await append(["one", "two"])).toEqual({
    kind: "appended",
    lane: 0,
    blockIndex: 0,
    position: 0,
    arrivedAtMs: START_MS,
    isSealed: false,
  });
  await append(["three"]);
  const [first, second] = await entries();
  expect(await texts(first)).toEqual(["one", "two"]);
  expect(second).toMatchObject({
    index: 1,
    firstRecord: 2,
    recordCount: 1,
    byteOffset: 6,
    byteCount: 5,
    expiresAtMs: START_MS + RETENTION_MS + BLOCK_EXPIRY_SLACK_MS,
  });
});

describe("a call whose first attempt a version before took, which named proofs otherwise,", () => {
  const KEY = formerProofKey(request(1), CALL);

  test("is not stored twice", async () => {
    const rig = setUp();
    const { proofs } = rig.ports;
    const before = createAppender({
      ...rig.ports,
      proofs: { ...proofs, replace: (_key, ...rest) => proofs.replace(KEY, ...rest) },
    });
    const first = await before.append({
      ...CALL,
      records: [{ data: Buffer.from("a") }],
      request: request(1),
    });
    expect(await rig.append(["a"], request(2))).toEqual(first);
    expect(await rig.entries()).toHaveLength(1);
    expect(await proofs.get(proofKey(request(1), CALL), START_MS)).toBeUndefined();
  });

  test("has its proof where that put it, whatever comes", async () => {
    const { append, memory, ports } = setUp();
    const taken = {
      shardNumber: 0,
      blockIndex: 0,
      position: 0,
      arrivedAtMs: START_MS,
      records: [0],
    };
    const stale = packProof({ places: [taken], refused: [] });
    await memory.reserve(SHARD, { recordCount: 1, byteCount: 1 });
    const times = { nowMs: START_MS, expiresAtMs: START_MS + PROOF_KEPT_MS };
    await ports.proofs.replace(KEY, undefined, stale, times);
    const again = await append(["a"], request(2));
    expect(again).toMatchObject({ kind: "appended", blockIndex: 1 });
    expect(await ports.proofs.get(KEY, START_MS)).not.toEqual(stale);
    expect(await append(["a"], request(3))).toEqual(again);
  });
});

test("who opens ten minutes of a shard leaves their mark before the answer", async () => {
  const marked: unknown[] = [];
  let isAnswered = false;
  const { append, entries } = setUp(() => ({
    async leaveMark(_shard, mark) {
      marked.push(mark, isAnswered);
    },
  }));
  await append(["a"]);
  isAnswered = true;
  await append(["b"]);
  const atMs = START_MS;
  expect(marked).toEqual([{ atMs, blockIndex: 0, reservedBeforeMs: atMs }, false]);
  expect(await entries()).toHaveLength(2);
});

test("a mark that cannot be left changes nothing", async () => {
  const { append } = setUp(() => ({ leaveMark: () => Promise.reject(new Error("throttled")) }));
  expect(await append(["a"])).toMatchObject({ kind: "appended", blockIndex: 0 });
});

test("calls that wait for the one under way travel together, in the order they came", async () => {
  const held = gate();
  let writes = 0;
  const { append, entries, texts } = setUp((log) => ({
    async write(block) {
      if (writes++ === 0) await held.opened;
      return log.write(block);
    },
  }));
  const answers = [append(["a"]), append(["b1", "b2"]), append(["c"])];
  held.open();
  expect(await Promise.all(answers)).toMatchObject([
    { blockIndex: 0, position: 0 },
    { blockIndex: 1, position: 0 },
    { blockIndex: 1, position: 2 },
  ]);
  expect(await texts((await entries())[1])).toEqual(["b1", "b2", "c"]);
});

test("a body too large for an item is in the bucket before its index is reserved", async () => {
  const seen: number[] = [];
  const set = setUp((log) => ({
    reserve(shard, append) {
      seen.push(set.bodies.keys().length);
      return log.reserve(shard, append);
    },
  }));
  const incompressible = Buffer.from(seededRandom(2).bytes(20_000)).toString("hex");
  await set.append([incompressible]);
  const [entry] = await set.entries();
  expect(entry).toMatchObject({ body: { kind: "object" } });
  expect(await set.texts(entry)).toEqual([incompressible]);
  expect(seen).toEqual([1]);
});

test("while the bucket does not answer, a body goes into the item as long as it fits", async () => {
  const down = { put: () => Promise.reject(new Error("S3 is down")) };
  const { append, entries, texts } = setUp(undefined, down);
  const textOf = (bytes: number) => Buffer.from(seededRandom(3).bytes(bytes / 2)).toString("hex");
  await append([textOf(100_000)]);
  const [entry] = await entries();
  expect(entry).toMatchObject({ body: { kind: "inline" } });
  expect(await texts(entry)).toEqual([textOf(100_000)]);
  await expect(append([textOf(900_000)])).rejects.toThrow("S3 is down");
  expect(await entries()).toHaveLength(1);
});

test("a body that the bucket is too busy for goes into the item, or nowhere at all", async () => {
  const busy = { put: async () => undefined };
  const { append, entries, memory } = setUp(undefined, busy);
  const noise = (bytes: number) => Buffer.from(seededRandom(2).bytes(bytes)).toString("base64");
  expect(await append([noise(20_000)])).toMatchObject({ kind: "appended" });
  expect((await entries())[0]).toMatchObject({ body: { kind: "inline" } });
  expect(await append([noise(400_000)])).toEqual({ kind: "throttled" });
  expect(await memory.head(SHARD)).toMatchObject({ blockIndex: 1 });
});

/** The first block's place is closed before its writer comes to it. */
const closedUnderFirst = () => {
  let isFirst = true;
  return (log: LogStore): Partial<LogStore> => ({
    async write(block) {
      if (isFirst) await log.fill(block.shard, block.index, START_MS);
      isFirst = false;
      return log.write(block);
    },
  });
};

test("a writer whose place was closed by a reader takes another one", async () => {
  const { append, entries } = setUp(closedUnderFirst());
  const first = await append(["late"], request(1));
  expect(first).toMatchObject({ kind: "appended", blockIndex: 1 });
  expect(await append(["late"], request(2))).toEqual(first);
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("without a proof it stores nothing and says so", async () => {
  const { append, entries } = setUp(closedUnderFirst());
  expect(await append(["late"])).toEqual({ kind: "throttled" });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone"]);
});

test("a writer that keeps losing gives up within a call's time, and leaves no hole", async () => {
  const { append, entries, clock } = setUp((log, time) => ({
    async write(block) {
      await log.fill(block.shard, block.index, START_MS);
      await time.sleep(1000);
      return log.write(block);
    },
  }));
  expect(await append(["x"], request(1))).toEqual({ kind: "throttled" });
  expect(clock.now() - START_MS).toBeLessThan(CALL_MAX_MS + 2000);
  expect((await entries()).every(({ kind }) => kind === "tombstone")).toBe(true);
});

test("nothing is stored in a sealed shard", async () => {
  const { append, entries, memory } = setUp();
  memory.seal(SHARD);
  expect(await append(["x"])).toEqual({ kind: "closed" });
  expect(await entries()).toEqual([]);
});

test("a store that is too busy is told to the caller, before and after the reservation", async () => {
  const reserving = setUp(() => ({ reserve: async () => ({ kind: "throttled" }) }));
  expect(await reserving.append(["x"])).toEqual({ kind: "full", isOverLimit: false });
  const writing = setUp(() => ({ write: async () => ({ kind: "throttled" }) }));
  expect(await writing.append(["x"])).toEqual({ kind: "throttled" });
});

test("who gives up his place closes it, so that no reader waits", async () => {
  const kinds = async (set: ReturnType<typeof setUp>) => (await set.entries()).map((e) => e.kind);
  const busy = setUp(() => ({ write: async () => ({ kind: "throttled" }) }));
  expect(await busy.append(["x"])).toEqual({ kind: "throttled" });
  expect(await kinds(busy)).toEqual(["tombstone"]);

  const down = setUp(() => ({ write: () => Promise.reject(new Error("down")) }));
  await expect(down.append(["x"])).rejects.toThrow("down");
  expect(await kinds(down)).toEqual(["tombstone"]);

  const unproven = setUp(undefined, {}, { replace: async () => ({ kind: "throttled" }) });
  expect(await unproven.append(["x"], request(1))).toEqual({ kind: "throttled" });
  expect(await kinds(unproven)).toEqual(["tombstone"]);

  const unheard = setUp(undefined, {}, { replace: () => Promise.reject(new Error("lost")) });
  await expect(unheard.append(["x"], request(1))).rejects.toThrow("lost");
  expect(await kinds(unheard)).toEqual(["tombstone"]);
});

test("a write that failed and stands all the same is acknowledged", async () => {
  const { append, entries } = setUp((log) => ({
    async write(block) {
      await log.write(block);
      throw new Error("the answer was lost");
    },
  }));
  expect(await append(["x"])).toMatchObject({ kind: "appended", blockIndex: 0 });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["data"]);
});

test("a failed write fails all calls of its block, and later ones go on", async () => {
  let writes = 0;
  const { append } = setUp((log) => ({
    write: (block) => (writes++ === 0 ? Promise.reject(new Error("down")) : log.write(block)),
  }));
  await expect(append(["a"])).rejects.toThrow("down");
  expect(await append(["b"])).toMatchObject({ kind: "appended", blockIndex: 1 });
});

test("a producer's retry gets the first answer again, and its records are stored once", async () => {
  const { append, entries } = setUp();
  await append(["before"]);
  const first = await append(["x", "y"], request(1));
  await append(["after"]);
  expect(await append(["x", "y"], request(2))).toEqual(first);
  // One that comes late and says that it is the first has taken a place when it learns better.
  expect(await append(["x", "y"], request(1))).toEqual(first);
  const kinds = (await entries()).map(({ kind }) => kind);
  expect(kinds).toEqual(["data", "data", "data", "tombstone"]);
});

describe("a lane that has no room", () => {
  const laneOf = (lane: number) => SHARD.replace("0000", `000${lane}`) as ShardKey;

  /** Lanes 0 to 4 of one stream, tried in that order; those that are `full` take nothing. */
  function setUpLanes() {
    const full = new Set<ShardKey>();
    const tried: ShardKey[] = [];
    const made = setUp((log) => ({
      async reserve(shard, append) {
        tried.push(shard);
        return full.has(shard) ? { kind: "throttled" } : log.reserve(shard, append);
      },
    }));
    for (const lane of [1, 2, 3, 4]) made.memory.open(laneOf(lane));
    const append = (attempt: number) =>
      createAppender(made.ports).append({
        ...CALL,
        records: [{ data: Buffer.from("x") }],
        request: request(attempt),
        chooseLane: (passed) => [0, 1, 2, 3, 4].find((lane) => !passed.includes(lane)),
        keyOf: laneOf,
      });
    const fill = (lanes: readonly number[]) => {
      full.clear();
      for (const lane of lanes) full.add(laneOf(lane));
    };
    return { ...made, append, fill, tried };
  }

  test("is passed for another one, where each later attempt finds the call", async () => {
    const { append, fill, memory, ports } = setUpLanes();
    fill([0, 1]);
    const first = await append(1);
    expect(first).toMatchObject({ kind: "appended", lane: 2, blockIndex: 0 });
    fill([]);
    expect(await append(2)).toEqual(first);
    fill([2]);
    expect(await append(2)).toEqual(first);
    fill([]);
    expect(await append(1)).toEqual(first);
    const standing: string[] = [];
    for (const lane of [0, 1, 2, 3, 4]) {
      for await (const { kind } of ports.log.read({ shard: laneOf(lane), from: 0, to: Infinity }))
        standing.push(`${lane} ${kind}`);
    }
    expect(standing).toEqual(["0 tombstone", "2 data"]);
    expect((await memory.head(laneOf(1)))?.blockIndex).toBe(0);
  });

  test("is one of three that a call tries, and nothing is left in any", async () => {
    const { append, fill, tried, memory } = setUpLanes();
    fill([0, 1, 2]);
    expect(await append(1)).toEqual({ kind: "full", isOverLimit: false });
    expect(tried).toEqual([0, 1, 2].map(laneOf));
    for (const lane of tried) expect((await memory.head(lane))?.blockIndex).toBe(0);
    fill([]);
    expect(await append(2)).toMatchObject({ kind: "appended", lane: 0, blockIndex: 0 });
  });
});

test("where retries are not to be recognised, each attempt is a call of its own", async () => {
  const { ports, entries } = setUp();
  const { proofs: _off, ...unproving } = ports;
  const appender = createAppender(unproving);
  for (const n of [1, 2]) {
    const call = { ...CALL, records: [{ data: Buffer.from("x") }], request: request(n) };
    expect(await appender.append(call)).toMatchObject({ kind: "appended", blockIndex: n - 1 });
  }
  expect(await entries()).toHaveLength(2);
});

test("a retry of which nothing is known is put as a first attempt is", async () => {
  const { append, entries } = setUp();
  expect(await append(["x"], request(2))).toMatchObject({ kind: "appended", blockIndex: 0 });
  expect(await entries()).toHaveLength(1);
});

test("a call is forgotten when its proof is over", async () => {
  const { append, entries, clock } = setUp();
  const first = await append(["x"], request(1));
  await clock.sleep(3_600_000);
  expect(await append(["x"], request(2))).toEqual(first);
  await clock.sleep(PROOF_KEPT_MS);
  expect(await append(["x"], request(2))).toMatchObject({ blockIndex: 1 });
  expect(await entries()).toHaveLength(2);
});

test("a retry closes the place of a first attempt that is still on its way, and both answer the same", async () => {
  const reserved = gate();
  const held = gate();
  let writes = 0;
  const { append, elsewhere, entries } = setUp((log) => ({
    async write(block) {
      if (writes++ === 0) {
        reserved.open();
        await held.opened;
      }
      return log.write(block);
    },
  }));
  const first = append(["x"], request(1));
  await reserved.opened;
  const again = await elsewhere(["x"], request(2));
  expect(again).toMatchObject({ kind: "appended", blockIndex: 1 });
  held.open();
  expect(await first).toEqual(again);
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("a retry whose first attempt died after its reservation is stored once", async () => {
  const died = () => Promise.reject(new Error("killed"));
  let isFirst = true;
  const dying = (log: LogStore): Partial<LogStore> => ({
    write: (block) => (isFirst ? died() : log.write(block)),
    fill: (...hole) => (isFirst ? died() : log.fill(...hole)),
  });
  const { append, entries } = setUp(dying);
  await expect(append(["x"], request(1))).rejects.toThrow("killed");
  expect(await entries()).toEqual([]);
  isFirst = false;
  expect(await append(["x"], request(2))).toMatchObject({ kind: "appended", blockIndex: 1 });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("a retry that a busy table lets close no place is throttled, and the next one stored once", async () => {
  const busy = () => Promise.reject(new Error("too busy"));
  let isBusy = true;
  const { append, entries } = setUp((log) => ({
    write: (block) => (isBusy ? busy() : log.write(block)),
    fill: (...hole) => (isBusy ? busy() : log.fill(...hole)),
  }));
  await expect(append(["x"], request(1))).rejects.toThrow("too busy");
  expect(await append(["x"], request(2))).toEqual({ kind: "throttled" });
  isBusy = false;
  const third = await append(["x"], request(3));
  expect(third).toMatchObject({ kind: "appended", blockIndex: 1 });
  expect(await append(["x"], request(4))).toEqual(third);
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("two attempts that wait in one process do not share a block", async () => {
  const held = gate();
  let writes = 0;
  const { append, entries } = setUp((log) => ({
    async write(block) {
      if (writes++ === 0) await held.opened;
      return log.write(block);
    },
  }));
  const answers = [append(["a"]), append(["x"], request(1)), append(["x"], request(2))];
  held.open();
  const [, first, second] = await Promise.all(answers);
  expect(first).toMatchObject({ blockIndex: 1, position: 0 });
  expect(second).toEqual(first);
  const data = (await entries()).filter(({ kind }) => kind === "data");
  expect(data).toHaveLength(2);
});

describe("of calls that share a block", () => {
  /** `b` and `c` gather behind `a`; what becomes of the proofs of their block is up to `replace`. */
  async function gathered(replace?: (proofs: ProofStore) => ProofStore["replace"]) {
    const held = gate();
    const proofs = memoryProofs();
    let writes = 0;
    const set = setUp(
      (log) => ({
        async write(block) {
          if (writes++ === 0) await held.opened;
          return log.write(block);
        },
      }),
      {},
      { ...proofs, ...(replace && { replace: replace(proofs) }) },
    );
    const answers = [
      set.append(["a"], request(1, 1)),
      set.append(["b"], request(1, 2)),
      set.append(["c"]),
    ];
    held.open();
    const settled = await Promise.allSettled(answers);
    const stored = await Promise.all((await set.entries()).map(set.texts));
    return { settled: settled.slice(1), stored };
  }

  test("each has a proof of its own", async () => {
    const { settled, stored } = await gathered();
    expect(settled).toMatchObject([
      { value: { blockIndex: 1, position: 0 } },
      { value: { blockIndex: 1, position: 1 } },
    ]);
    expect(stored).toEqual([["a"], ["b", "c"]]);
  });

  test("the others go into another block when the proof of one is lost, throttled or fails", async () => {
    const failing = (become: () => ReturnType<ProofStore["replace"]>) =>
      gathered((proofs) => {
        let count = 0;
        return (...proof) => (++count === 2 ? become() : proofs.replace(...proof));
      });
    const lost = await failing(async () => ({ kind: "lost" }));
    expect(lost.settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(lost.stored.flat().toSorted()).toEqual(["a", "b", "c"]);

    const throttled = await failing(async () => ({ kind: "throttled" }));
    expect(throttled.settled).toMatchObject([
      { value: { kind: "throttled" } },
      { value: { kind: "appended" } },
    ]);
    expect(throttled.stored).toEqual([["a"], [], ["c"]]);

    const failed = await failing(() => Promise.reject(new Error("down")));
    expect(failed.settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(failed.stored).toEqual([["a"], [], ["c"]]);
  });
});

describe("calls whose records are sealed", () => {
  /** Two sealers, each of a data key of its own, and what opens both. */
  async function withSealers() {
    const made = setUp();
    const random = seededRandom(2);
    const seals = createBlockSeals(memoryKeys(random), made.clock, random);
    const sealerFor = async (keyArn: string): Promise<BlockSealer> => {
      const answer = await seals.sealerFor(streamOfShard(SHARD), keyArn);
      if (answer.kind !== "key") throw new Error(answer.kind);
      return answer.key;
    };
    const appender = createAppender(made.ports);
    return {
      ...made,
      one: await sealerFor("one"),
      other: await sealerFor("other"),
      put: (text: string, sealer?: BlockSealer, proof?: ProducerRequest) =>
        appender.append({
          ...CALL,
          records: [{ data: Buffer.from(text) }],
          ...(sealer && { sealer }),
          ...(proof && { request: proof }),
        }),
      async stored() {
        const blocks = (await made.entries()).filter((entry) => entry.kind === "data");
        return Promise.all(
          blocks.map(async (block) => {
            const body = await loadBody({ bodies: made.bodies, seals }, block);
            const texts = unpackRecords(body).map(({ data }) => Buffer.from(data).toString());
            return { isSealed: block.envelope !== undefined, texts };
          }),
        );
      },
    };
  }

  test("share a block with those that have the same key only, and keep their order", async () => {
    const { put, one, other, stored } = await withSealers();
    await Promise.all([
      put("a"),
      put("b", one),
      put("c", one),
      put("d", other),
      put("e"),
      put("f"),
    ]);
    expect(await stored()).toEqual([
      { isSealed: false, texts: ["a"] },
      { isSealed: true, texts: ["b", "c"] },
      { isSealed: true, texts: ["d"] },
      { isSealed: false, texts: ["e", "f"] },
    ]);
  });

  test("are read wherever their bodies lie, and by nobody without keys", async () => {
    const { put, one, entries, stored, bodies } = await withSealers();
    const large = Buffer.from(seededRandom(3).bytes(20_000)).toString("hex");
    await put("small", one);
    expect(await put(large, one)).toMatchObject({ isSealed: true });
    expect((await stored()).map(({ texts }) => texts)).toEqual([["small"], [large]]);
    const blocks = (await entries()).filter((entry) => entry.kind === "data");
    expect(blocks.map(({ body }) => body.kind)).toEqual(["inline", "object"]);
    for (const block of blocks) {
      await expect(loadBody({ bodies }, block)).rejects.toThrow(/^block \d of .* is sealed$/);
    }
  });

  test("are answered as the attempt that stands stored them", async () => {
    const { put, one, stored } = await withSealers();
    expect(await put("a", undefined, request(1))).toMatchObject({ isSealed: false });
    expect(await put("a", one, request(2))).toMatchObject({ blockIndex: 0, isSealed: false });
    expect(await stored()).toEqual([{ isSealed: false, texts: ["a"] }]);
  });
});
