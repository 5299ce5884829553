/** Flushes are noted by the rights of the deliver function, and read by those of the api. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { FlushNote } from "../../src/delivery/ports.ts";
import type { ShardKey } from "../../src/log/store.ts";
import { dynamodbDeliveryNotes } from "../../src/storage/dynamodb/delivery-notes.ts";
import type { Role } from "../helpers/role.ts";
import { tablesUnder } from "../helpers/tables-under.ts";

const under = (role: Role) => dynamodbDeliveryNotes(tablesUnder(role));

const START = { blockIndex: 0, byteOffset: 0 };
const FLUSH: FlushNote = {
  fromBlock: 0,
  toBlock: 1,
  atMs: 4_102_444_800_000,
  recordCount: 1,
  objects: [],
  objectCount: 0,
  plan: {
    span: {
      from: START,
      to: { blockIndex: 1, byteOffset: 5 },
      recordCount: 1,
      oldestArrivedAtMs: 1,
    },
    versionId: 1,
  },
};

test("what the deliver function notes, the api reads", async () => {
  const shard = `firehose/${randomUUID()}/0123456789abcdef/0000` as ShardKey;
  await under("DeliverRole").flushed(shard, "delivery", FLUSH, FLUSH.atMs);
  expect(await under("ApiRole").flushOf(shard, "delivery", 0)).toEqual(FLUSH);
});
