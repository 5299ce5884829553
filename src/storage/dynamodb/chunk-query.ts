/**
 * The items of a range of blocks, in order: one query for each chunk, and the next chunks' asked for while one is gone
 * through, so that a long read is not a round trip after the other. Whoever wants only the beginning pays for two chunks.
 */
import type { QueryCommandInput, QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import type { ReadRange } from "../../log/store.ts";
import { stringValue } from "./client.ts";
import { type Chunk, chunksOf, type Item } from "./keys.ts";
import type { ItemReads } from "./prompt-calls.ts";

export interface ChunkQueryPorts {
  readonly reads: Pick<ItemReads, "query">;
  readonly logTable: string;
}

/** Queries under way at once: at first, and then. A page is 1 MiB at most, and all of them are held in memory. */
const AHEAD_FIRST_COUNT = 2;
const AHEAD_MAX_COUNT = 4;
/** Over chunks whose blocks were removed, which hold nothing and cost next to nothing. */
const EMPTY_AHEAD_MAX_COUNT = 32;

export async function* queryChunks(
  ports: ChunkQueryPorts,
  range: ReadRange,
): AsyncGenerator<Item, undefined> {
  const chunks = chunksOf(range);
  const underWay: Promise<ChunkPage>[] = [];
  let aheadCount = AHEAD_FIRST_COUNT;
  for (;;) {
    while (underWay.length < aheadCount) {
      const next = chunks.next();
      if (next.done) break;
      const asked = queryPage(ports, next.value);
      // It is awaited when its turn comes; until then a failure must not count as unhandled.
      asked.catch(() => {});
      underWay.push(asked);
    }
    const asked = underWay.shift();
    if (asked === undefined) return;
    let { chunk, items, after } = await asked;
    const maxCount = items.length === 0 ? EMPTY_AHEAD_MAX_COUNT : AHEAD_MAX_COUNT;
    aheadCount = Math.min(aheadCount * 2, maxCount);
    yield* items;
    while (after !== undefined) {
      ({ items, after } = await queryPage(ports, chunk, after));
      yield* items;
    }
  }
}

interface ChunkPage {
  readonly chunk: Chunk;
  readonly items: readonly Item[];
  /** Where the rest begins, when a chunk's blocks are larger than a page. */
  readonly after: QueryCommandOutput["LastEvaluatedKey"];
}

async function queryPage(
  { reads, logTable }: ChunkQueryPorts,
  chunk: Chunk,
  after?: QueryCommandOutput["LastEvaluatedKey"],
): Promise<ChunkPage> {
  const { Items: items = [], LastEvaluatedKey } = await reads.query({
    TableName: logTable,
    ConsistentRead: true,
    ...chunkCondition(chunk),
    ...(after && { ExclusiveStartKey: after }),
  });
  return { chunk, items, after: LastEvaluatedKey };
}

/** What a query says to meet the blocks of a chunk and nothing else. */
export function chunkCondition({ partition, first, last }: Chunk) {
  return {
    KeyConditionExpression: "pk = :chunk AND sk BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":chunk": stringValue(partition),
      ":first": stringValue(first),
      ":last": stringValue(last),
    },
  } satisfies Partial<QueryCommandInput>;
}
