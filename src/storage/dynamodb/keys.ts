/**
 * The one place where keys are formed. All keys are ASCII; sort keys that carry a number have a fixed width, so
 * that DynamoDB's byte order, JavaScript's `<` and the number's order agree.
 *
 * Table `log` (stream KEYS_ONLY, TTL on `expiresAt`):
 *
 *   pk                           sk                         item
 *   <shard>#<chunk, 13 digits>   <block index, 16 digits>   block, or tombstone; the chunk is ⌊index / 64⌋
 *   ring#<shard>                 <epoch ms, 16 digits>      a doorbell without a block: the oldest waiting record's arrival
 *
 * Table `state` (TTL on `expiresAt`, which only the items marked with † have):
 *
 *   pk                      sk               item
 *   delivery-stream#<name>  delivery-stream  a delivery stream, alone in its partition: every process asks for it now and then
 *   delivery-streams        <name>           that there is a delivery stream of the name
 *   data-streams            <name>           data stream
 *   shards#<stream>         <10 digits>      one shard of a data stream; <stream> is <name>/<generation>
 *   removed#<stream>        removed          † that data stream stood once; a delivery stream as firehose/<name>/<generation>
 *   counter#<shard>         counter          the shard's sequencer, alone in its partition; † of a lane that is gone
 *   marks#<shard>           <16 digits>      † a time mark: epoch ms at which ten minutes of the shard began
 *   readers#<shard>         <reader id>      checkpoint, lease, plan and wake-up of one reader of a lane: two, and one of each replay
 *   readers#<shard>#<slot>  <reader id>      the same of a data stream's shard, which may have a thousand: see `reader-slots.ts`
 *   readers#<shard>         slot#<slot>      that readers lie, or lay, in that slot of the shard, 00..31
 *   deliveries#<shard>      <reader id>      † what became of that reader's last flush
 *   flushes#<shard>         <reader id>#<16 digits>   † where the records of one of its flushes went, by its first block; of a partitioned
 *                                            stream then by the block behind its last, and the epoch ms of its plan, as further #<16 digits>
 *   replays#<stream>        <replay id>      † a replay of that delivery stream's log
 *   replay-parts#<replay>   <10 digits>      † how far it came with that lane or shard; <replay> is <stream>/<replay id>
 *   redrives#<stream>       <redrive id>     † a redrive of that delivery stream's failed records
 *   room#<stream>           replays, redrives   † which of them was created last
 *   replays-left            <replay>         somebody has to settle that replay
 *   mapping#<uuid>          mapping          an event source mapping, and what became of its last batch; † once it was removed.
 *                                            Alone in its partition: every wake-up of its readers asks for it
 *   mappings                <uuid>           that there is a mapping of the uuid
 *   mapping-of#<source>     <function>       the uuid of the one mapping of a source's ARN and a function's
 *   subscribers#<shard>     <consumer id>    † who pushes the shard to that consumer, and since when
 *   reads#<shard>           reads            † what the shard's readers took of the present second; a stream's dry runs likewise
 *   subscriptions           running          a set of all that run: `<over by, epoch ms, 16 digits>/<token>`
 *   proof#<32 digits>       <22 characters>  † where the records of a producer's call are, for its retries: by its invocation id,
 *                                            and what else makes it this call; `proof` in those of a version before
 *   sweep#<0..7>            <shard>          the sweep is to look at that shard; at `left-by-calls`: at what calls left to be done
 *   access-key#<id>         access-key       an access key with its secret and policy
 *   access-key-use#<id>     access-key-use   when it was last used
 *   rate#<access key>       <13 digits>      † what all processes took of the key's rate in a window, by the window's number
 *   access-keys             <name>/<1, 2>    the id of an access key; a name has two at most
 *   aws-roles               <role pattern>   what the AWS roles may do whose ARNs are like that
 *   secret#<name>           secret           random bytes that all processes share, such as what seals tokens
 */
import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { FlushPlace } from "../../delivery/ports.ts";
import type { RedriveIdentity } from "../../delivery/redrive/redrive.ts";
import type { ReplayIdentity } from "../../delivery/replay/replay.ts";
import type { ProofKey } from "../../log/proof.ts";
import type { ReadRange, ShardKey } from "../../log/store.ts";
import type { SweepNote } from "../../readers/sweep-notes.ts";

export type Item = Record<string, AttributeValue>;

const NUMBER_WIDTH = 16;
const RING_PREFIX = "ring#";
/**
 * Blocks of a shard under one partition key. A key takes 1,000 write units a second and is never split for rising sort
 * keys, so a busy shard has to go from key to key; a reader still finds this many neighbours with one query.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const CHUNK_BLOCKS = 64;
/** As many as block indexes, which have 47 bits, come to. */
const CHUNK_WIDTH = 13;
/**
 * Partition keys that a data stream's shard has for its readers. A key takes 1,000 write units a second, and a thousand
 * readers at ten records a second need more than ten times that.
 */
const READER_SLOTS = 32;

const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });

/** Of a query of a whole partition. */
export const partitionKey = (pk: string) => key(pk, "");

const hashOf = (text: string) => createHash("md5").update(text).digest().readUInt32BE(0);

export const fixedWidth = (value: number) => String(value).padStart(NUMBER_WIDTH, "0");

const chunkPartition = (shard: ShardKey, chunk: number) =>
  `${shard}#${String(chunk).padStart(CHUNK_WIDTH, "0")}`;
export const blockKey = (shard: ShardKey, index: number) =>
  key(chunkPartition(shard, Math.floor(index / CHUNK_BLOCKS)), fixedWidth(index));

/** The part of a range that lies under one partition key: the sort keys from `first` to `last`, both included. */
export interface Chunk {
  readonly partition: string;
  readonly first: string;
  readonly last: string;
  /** The first index behind it. */
  readonly end: number;
}

/** The chunks that a range touches, in order. */
export function* chunksOf({ shard, from, to }: ReadRange): Generator<Chunk, undefined> {
  for (let start = from; start < to;) {
    const chunk = Math.floor(start / CHUNK_BLOCKS);
    const end = Math.min(to, (chunk + 1) * CHUNK_BLOCKS);
    yield toChunk(shard, chunk, { start, end });
    start = end;
  }
}

/** The last of the chunks that a range touches, which must not be empty. */
export function lastChunkOf({ shard, from, to }: ReadRange): Chunk & { readonly start: number } {
  const chunk = Math.floor((to - 1) / CHUNK_BLOCKS);
  const start = Math.max(from, chunk * CHUNK_BLOCKS);
  return { ...toChunk(shard, chunk, { start, end: to }), start };
}

function toChunk(
  shard: ShardKey,
  chunk: number,
  { start, end }: { readonly start: number; readonly end: number },
): Chunk {
  return {
    partition: chunkPartition(shard, chunk),
    first: fixedWidth(start),
    last: fixedWidth(end - 1),
    end,
  };
}

export const ringKey = (shard: ShardKey, openedAtMs: number) =>
  key(`${RING_PREFIX}${shard}`, fixedWidth(openedAtMs));
export const counterKey = (shard: ShardKey) => key(`counter#${shard}`, "counter");
export const marksPartition = (shard: ShardKey) => `marks#${shard}`;
export const markKey = (shard: ShardKey, atMs: number) =>
  key(marksPartition(shard), fixedWidth(atMs));
export const readerPartition = (shard: ShardKey) => `readers#${shard}`;
export const readerSlotPartition = (shard: ShardKey, slot: ReaderSlot) =>
  `${readerPartition(shard)}#${slot}`;
/** Of the item that says that the slot is in use. */
export const readerSlotKey = (shard: ShardKey, slot: ReaderSlot) =>
  key(readerPartition(shard), `${SLOT_PREFIX}${slot}`);
export const readerKey = (shard: ShardKey, readerId: string) => {
  const slot = readerSlot(shard, readerId);
  return key(slot ? readerSlotPartition(shard, slot) : readerPartition(shard), readerId);
};

/** Two digits. */
export type ReaderSlot = string & { readonly __brand: "ReaderSlot" };
const SLOT_PREFIX = "slot#";

/** In which of its shard's slots a reader lies; `undefined`: the shard has none. */
export function readerSlot(shard: ShardKey, readerId: string): ReaderSlot | undefined {
  if (!shard.startsWith("kinesis/")) return undefined;
  return String(hashOf(readerId) % READER_SLOTS).padStart(2, "0") as ReaderSlot;
}

/** What `readerSlotKey` made; `undefined` for readers. */
export function parseReaderSlot(sk: string): ReaderSlot | undefined {
  return sk.startsWith(SLOT_PREFIX) ? (sk.slice(SLOT_PREFIX.length) as ReaderSlot) : undefined;
}
export const deliveryNoteKey = (shard: ShardKey, readerId: string) =>
  key(`deliveries#${shard}`, readerId);
export const flushesPartition = (shard: ShardKey) => `flushes#${shard}`;
/** Of those that begin at one block, one that is not of a partitioned stream stands first. */
export const flushSortKey = (
  readerId: string,
  { fromBlock, toBlock, plannedAtMs }: FlushPlace,
): string => {
  const parts =
    toBlock === undefined || plannedAtMs === undefined
      ? [fromBlock]
      : [fromBlock, toBlock, plannedAtMs];
  return [readerId, ...parts.map(fixedWidth)].join("#");
};
/** Behind all that begin at the block, and before those that begin behind it. */
export const flushesEnd = (readerId: string, fromBlock: number) =>
  `${flushSortKey(readerId, { fromBlock })}~`;
export const flushNoteKey = (shard: ShardKey, readerId: string, place: FlushPlace) =>
  key(flushesPartition(shard), flushSortKey(readerId, place));
export const deliveryStreamKey = (name: string) =>
  key(`delivery-stream#${name}`, "delivery-stream");
export const DELIVERY_STREAMS_PARTITION = "delivery-streams";
export const deliveryStreamNameKey = (name: string) => key(DELIVERY_STREAMS_PARTITION, name);
export const DATA_STREAMS_PARTITION = "data-streams";
export const dataStreamKey = (name: string) => key(DATA_STREAMS_PARTITION, name);
interface StreamId {
  readonly name: string;
  readonly generation: string;
}
export const removedStreamKey = ({ name, generation }: StreamId) =>
  key(`removed#${name}/${generation}`, "removed");
export const removedDeliveryStreamKey = ({ name, generation }: StreamId) =>
  key(`removed#firehose/${name}/${generation}`, "removed");
export const shardPartition = ({ name, generation }: StreamId) => `shards#${name}/${generation}`;
export const shardKey = (stream: StreamId, index: number) =>
  key(shardPartition(stream), String(index).padStart(10, "0"));
interface OfStream {
  readonly streamName: string;
  readonly generation: string;
}
const streamPath = ({ streamName, generation }: OfStream) => `${streamName}/${generation}`;
const replayPath = (replay: ReplayIdentity) => `${streamPath(replay)}/${replay.replayId}`;
export const replayPartition = (stream: OfStream) => `replays#${streamPath(stream)}`;
export const replayKey = (replay: ReplayIdentity) => key(replayPartition(replay), replay.replayId);
export const replayPartsPartition = (replay: ReplayIdentity) =>
  `replay-parts#${replayPath(replay)}`;
export const replayPartKey = (replay: ReplayIdentity, shardIndex: number) =>
  key(replayPartsPartition(replay), String(shardIndex).padStart(10, "0"));
export const REPLAYS_LEFT_PARTITION = "replays-left";
export const replayLeftKey = (replay: ReplayIdentity) =>
  key(REPLAYS_LEFT_PARTITION, replayPath(replay));
export function replayOfLeftKey({ sk }: Item): ReplayIdentity {
  const [streamName = "", generation = "", replayId = ""] = (sk?.S ?? "").split("/");
  return { streamName, generation, replayId };
}
export const replayRoomKey = (stream: OfStream) => key(`room#${streamPath(stream)}`, "replays");
export const redriveRoomKey = (stream: OfStream) => key(`room#${streamPath(stream)}`, "redrives");
export const redrivePartition = (stream: OfStream) => `redrives#${streamPath(stream)}`;
export const redriveKey = (redrive: RedriveIdentity) =>
  key(redrivePartition(redrive), redrive.redriveId);
export const subscriptionKey = (shard: ShardKey, consumerId: string) =>
  key(`subscribers#${shard}`, consumerId);
export const runningSubscriptionsKey = () => key("subscriptions", "running");
export const mappingKey = (uuid: string) => key(`mapping#${uuid}`, "mapping");
export const MAPPINGS_PARTITION = "mappings";
export const mappingNameKey = (uuid: string) => key(MAPPINGS_PARTITION, uuid);
export const mappingOfKey = (eventSourceArn: string, functionArn: string) =>
  key(`mapping-of#${eventSourceArn}`, functionArn);
export const readWindowKey = (shard: ShardKey) => key(`reads#${shard}`, "reads");
export const proofPartition = (invocation: string) => `proof#${invocation}`;
export function proofItemKey(call: ProofKey) {
  const [invocation = "", own = "proof"] = call.split("/");
  return key(proofPartition(invocation), own);
}
/** Shared out by the subject: one partition takes 1,000 notes a second. */
export const SWEEP_PARTITIONS = Array.from({ length: 8 }, (_, i) => `sweep#${i}`);
export const sweepNoteKey = (subject: SweepNote["subject"]) =>
  key(SWEEP_PARTITIONS[hashOf(subject) % SWEEP_PARTITIONS.length]!, subject);
export const accessKeyKey = (id: string) => key(`access-key#${id}`, "access-key");
export const rateAccountKey = (accessKeyId: string, window: number) =>
  key(`rate#${accessKeyId}`, String(window).padStart(13, "0"));
export const accessKeyUseKey = (id: string) => key(`access-key-use#${id}`, "access-key-use");
export const ACCESS_KEYS_PARTITION = "access-keys";
export const accessKeySlotKey = (name: string, slot: number) =>
  key(ACCESS_KEYS_PARTITION, `${name}/${slot}`);
export const AWS_ROLES_PARTITION = "aws-roles";
export const awsRoleKey = (pattern: string) => key(AWS_ROLES_PARTITION, pattern);
export const secretKey = (name: string) => key(`secret#${name}`, "secret");

/** What a key of the log table's stream says: which shard, and when its waiting records began to arrive if known. */
export function parseLogKey(
  pk: string,
  sk: string,
): { readonly shard: ShardKey; readonly openedAtMs?: number } {
  // No shard's name has the sign that its chunk stands behind.
  if (!pk.startsWith(RING_PREFIX)) return { shard: pk.slice(0, pk.lastIndexOf("#")) as ShardKey };
  return { shard: pk.slice(RING_PREFIX.length) as ShardKey, openedAtMs: Number(sk) };
}
