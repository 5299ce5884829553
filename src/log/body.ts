/** What stands in a block, wherever its body lies, and in clear: the one way to it for all readers. */
import type { BlockSeals } from "./block-seals.ts";
import type { Block, BodyStore } from "./store.ts";

export interface BodyPorts {
  readonly bodies: Pick<BodyStore, "get">;
  /** Absent: sealed blocks cannot be read. */
  readonly seals?: BlockSeals;
}

/** For `unpackRecords`. */
export async function loadBody(
  { bodies, seals }: BodyPorts,
  { body, shard, index, envelope }: Block,
): Promise<Uint8Array> {
  const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
  if (envelope === undefined) return bytes;
  if (seals === undefined) throw new Error(`block ${index} of ${shard} is sealed`);
  return seals.open({ shard, index }, envelope, bytes);
}
