/** A reader that stands is listed, however its opening and another's removal from the same slot interleave. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, inject, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import { SHARD_START } from "../../src/readers/store.ts";
import { readerSlot } from "../../src/storage/dynamodb/keys.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";

const STATE = { checkpoint: SHARD_START, wakeRule: { sizeBytes: 1, intervalMs: 0 } };
const A = "consumer/a";

/** A process of its own that can be made to wait before its next command of a kind. */
function newProcess() {
  const client = new DynamoDBClient({
    endpoint: inject("dynamodbEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const reached = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  let waitsAt: string | undefined;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === waitsAt) {
          reached.resolve();
          await goesOn.promise;
        }
        return next(args);
      },
    { step: "initialize" },
  );
  const readers = dynamodbReaders<never>({ client, stateTable: inject("stateTable") });
  return {
    readers,
    /** Answers, once the act has come to that command, what lets it go on to its end. */
    async upTo(command: "PutItem" | "UpdateItem", act: (own: typeof readers) => Promise<void>) {
      waitsAt = `${command}Command`;
      const acted = act(readers);
      await reached.promise;
      return async () => {
        goesOn.resolve();
        await acted;
      };
    },
  };
}

function setUp(name: string) {
  const shard = `kinesis/${name}/${Date.now().toString(16)}/0000000000` as ShardKey;
  const ids = Array.from({ length: 1000 }, (_, i) => `consumer/b${i}`);
  const inSameSlot = ids.find((id) => readerSlot(shard, id) === readerSlot(shard, A))!;
  const [one, other] = [newProcess(), newProcess()];
  const listed = async () =>
    (await other.readers.list(shard)).map(({ readerId }) => readerId).toSorted();
  return { shard, inSameSlot, one, other, listed };
}

test("one that is opened behind the look of a removal into the slot", async () => {
  const { shard, inSameSlot, one, other, listed } = setUp("behind-the-look");
  await other.readers.open(shard, A, STATE);
  const goOn = await one.upTo("UpdateItem", (readers) => readers.remove(shard, A));
  await other.readers.open(shard, inSameSlot, STATE);
  await goOn();
  expect(await listed()).toEqual([inSameSlot]);
});

test("one that is put after all others have left the slot", async () => {
  const { shard, inSameSlot, one, other, listed } = setUp("after-the-others");
  await other.readers.open(shard, A, STATE);
  const goOn = await one.upTo("PutItem", (readers) => readers.open(shard, inSameSlot, STATE));
  await other.readers.remove(shard, A);
  await goOn();
  expect(await listed()).toEqual([inSameSlot]);
});

test("one whose opener died before it came to the slot, once it is opened again", async () => {
  const { shard, inSameSlot, one, other, listed } = setUp("died");
  await one.upTo("UpdateItem", (readers) => readers.open(shard, inSameSlot, STATE));
  expect(await listed()).toEqual([]);
  await other.readers.open(shard, inSameSlot, STATE);
  expect(await listed()).toEqual([inSameSlot]);
});
