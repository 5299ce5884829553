/** What lies in the spool of an encrypted stream is sealed as its blocks are; that of another lies there as it is. */
import {
  type BlockSealer,
  type BlockSeals,
  KeyUnusable,
  streamOfShard,
} from "../log/block-seals.ts";
import type { ShardKey } from "../log/store.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import type { SpoolStore } from "./ports.ts";

/** Plain JSON: it is stored in plans. */
export interface Spooled {
  /** In the spool. */
  readonly key: string;
  /** Base64: with what the stream's key sealed it; absent: it lies there as it is. */
  readonly envelope?: string;
}

export interface SealedSpoolPorts {
  readonly spool: SpoolStore;
  readonly shard: ShardKey;
  readonly seals?: BlockSeals | undefined;
}

/** `undefined`: the stream is not encrypted. */
export async function spoolSealer(
  { shard, seals }: Pick<SealedSpoolPorts, "shard" | "seals">,
  { encryption }: Pick<DeliveryStream, "encryption">,
): Promise<BlockSealer | undefined> {
  const key = encryption?.key;
  if (key === undefined || seals === undefined) return undefined;
  const answer = await seals.sealerFor(streamOfShard(shard), key.keyArn);
  if (answer.kind !== "key") throw new KeyUnusable({ shard, index: 0 }, answer);
  return answer.key;
}

/** @param index of the block that it is of, which is bound to it */
export async function putSealed(
  { spool, shard }: SealedSpoolPorts,
  sealer: BlockSealer | undefined,
  index: number,
  bytes: Uint8Array,
): Promise<Spooled> {
  const sealed = sealer?.seal(bytes);
  const envelope = sealed?.envelopeAt({ shard, index });
  return {
    key: await spool.put(sealed?.bytes ?? bytes),
    ...(envelope && { envelope: Buffer.from(envelope).toString("base64") }),
  };
}

/** `undefined`: it is gone, after a year, when the records have long expired. */
export async function getSealed(
  { spool, shard, seals }: SealedSpoolPorts,
  index: number,
  { key, envelope }: Spooled,
): Promise<Buffer | undefined> {
  const kept = await spool.get(key);
  if (kept === undefined) return undefined;
  return Buffer.from(
    envelope === undefined
      ? kept
      : await seals!.open({ shard, index }, Buffer.from(envelope, "base64"), kept),
  );
}
