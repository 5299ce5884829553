/** What a process remembers of blocks spares the store and never hides anything that came to stand. */
import { expect, test } from "vitest";
import {
  INLINE_BODY_MAX_BYTES,
  REMEMBERED_BLOCKS_MAX_BYTES,
  REMEMBERED_BLOCKS_MAX_COUNT,
} from "../../../src/limits.ts";
import { rememberBlocks } from "../../../src/log/remembered-blocks.ts";
import type { BlockBody, ReadRange, ShardKey } from "../../../src/log/store.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";

const SHARD = "kinesis/clicks/5c1f09ab27de4410/0000000000" as ShardKey;
const inline = (byteCount: number): BlockBody => ({
  kind: "inline",
  bytes: Buffer.alloc(byteCount, "x"),
});

function setUp() {
  const memory = memoryLog();
  memory.open(SHARD);
  const asked: [from: number, to: number][] = [];
  const log = rememberBlocks({
    ...memory,
    read(range: ReadRange) {
      asked.push([range.from, range.to]);
      return memory.read(range);
    },
  });
  const reserve = async () => {
    const place = await log.reserve(SHARD, { recordCount: 1, byteCount: 1 });
    if (place.kind !== "reserved") throw new Error(place.kind);
    return place;
  };
  async function write(place: Awaited<ReturnType<typeof reserve>>, body = inline(1)) {
    const { blockIndex: index, firstRecord, byteOffset } = place;
    const counts = { recordCount: 1, byteCount: 1, firstRecord, byteOffset };
    const times = { arrivedAtMs: 1000, expiresAtMs: 9000 };
    const block = { kind: "data" as const, shard: SHARD, index, token: `${index}`, body };
    await log.write({ ...block, ...counts, ...times });
  }
  async function read(from: number, to: number) {
    const indexes: number[] = [];
    asked.length = 0;
    for await (const { index, kind } of log.read({ shard: SHARD, from, to })) {
      indexes.push(kind === "data" ? index : -index);
    }
    return { indexes, asked: [...asked] };
  }
  return { log, reserve, write, read };
}

test("asks once for what stands, tombstones as well", async () => {
  const { log, reserve, write, read } = setUp();
  await write(await reserve());
  await reserve();
  await log.fill(SHARD, 1, 9000);
  await write(await reserve());
  expect(await read(0, 3)).toEqual({ indexes: [0, -1, 2], asked: [[0, 3]] });
  expect(await read(0, 3)).toEqual({ indexes: [0, -1, 2], asked: [] });
  expect(await read(1, 2)).toEqual({ indexes: [-1], asked: [] });
  expect(await read(1, 4)).toEqual({ indexes: [-1, 2], asked: [[3, 4]] });
});

test("asks again for what was missing, and for all behind it", async () => {
  const { reserve, write, read } = setUp();
  await write(await reserve());
  const late = await reserve();
  await write(await reserve());
  expect((await read(0, 3)).indexes).toEqual([0, 2]);
  await write(late);
  expect(await read(0, 3)).toEqual({ indexes: [0, 1, 2], asked: [[1, 3]] });
  expect(await read(0, 3)).toEqual({ indexes: [0, 1, 2], asked: [] });
});

test("keeps no large body, whose place may change, and not more than so much", async () => {
  const { reserve, write, read } = setUp();
  await write(await reserve(), { kind: "object", key: "day/1", byteCount: 5 });
  await write(await reserve(), inline(INLINE_BODY_MAX_BYTES + 1));
  await read(0, 2);
  expect((await read(0, 1)).asked).toEqual([[0, 1]]);
  expect((await read(1, 2)).asked).toEqual([[1, 2]]);

  const fitCount = REMEMBERED_BLOCKS_MAX_BYTES / INLINE_BODY_MAX_BYTES;
  for (let i = 0; i <= fitCount; i++) await write(await reserve(), inline(INLINE_BODY_MAX_BYTES));
  await read(2, 3 + fitCount);
  expect((await read(3, 3 + fitCount)).asked).toEqual([]);
  expect((await read(2, 3)).asked).toEqual([[2, 3]]);

  for (let i = 0; i <= REMEMBERED_BLOCKS_MAX_COUNT; i++) await write(await reserve());
  const from = 3 + fitCount;
  await read(from, from + REMEMBERED_BLOCKS_MAX_COUNT + 1);
  expect((await read(from + 1, from + REMEMBERED_BLOCKS_MAX_COUNT)).asked).toEqual([]);
  expect((await read(from, from + 1)).asked).toEqual([[from, from + 1]]);
});
