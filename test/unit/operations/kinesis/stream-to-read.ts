/** A stream to put records into and read them from, as a client would. */
import { ACCOUNT_ID, type Answer, harness } from "./harness.ts";

export const StreamName = "clicks";
export const SHARD = "shardId-000000000000";

export async function withStream(members: object = { ShardCount: 1 }) {
  const made = harness();
  const { call } = made;
  await made.create(StreamName, members);
  const iterator = (ShardIteratorType: string, more: object = {}) =>
    call("GetShardIterator", { StreamName, ShardId: SHARD, ShardIteratorType, ...more });
  return {
    ...made,
    iterator,
    async put(text: string, PartitionKey = "a"): Promise<string> {
      const Data = Buffer.from(text).toString("base64");
      const { value } = await call("PutRecord", { StreamName, Data, PartitionKey });
      return value.SequenceNumber;
    },
    /** The page that an iterator leads to. */
    async read(answer: Answer, Limit?: number) {
      const { value, error } = await call("GetRecords", {
        ShardIterator: answer.value.ShardIterator,
        Limit,
      });
      if (error) throw new Error(error.message);
      return value;
    },
    async texts(answer: Answer): Promise<string[]> {
      const { value } = await call("GetRecords", { ShardIterator: answer.value.ShardIterator });
      return textsOf(value);
    },
  };
}

export function textsOf(page: {
  readonly Records: readonly { readonly Data: string }[];
}): string[] {
  return page.Records.map(({ Data }) => Buffer.from(Data, "base64").toString());
}

export const missing = (shard = SHARD, stream = StreamName) => ({
  error: {
    name: "ResourceNotFoundException",
    message: `Shard ${shard} in stream ${stream} under account ${ACCOUNT_ID} does not exist`,
  },
});
