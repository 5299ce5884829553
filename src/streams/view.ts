/** A stream together with its shards, as they stood at one moment. */
import type { StreamStore } from "./store.ts";
import type { DataStream, Shard } from "./stream.ts";

export interface StreamView {
  readonly stream: DataStream;
  readonly shards: readonly Shard[];
}

/** `undefined` when the stream changed while its shards were read: half of a reshard may be among them. */
export async function consistentView(
  dataStreams: Pick<StreamStore, "get" | "shards">,
  stream: DataStream,
): Promise<StreamView | undefined> {
  const shards = await dataStreams.shards(stream);
  const after = await dataStreams.get(stream.name);
  const isSame = after?.generation === stream.generation && after.revision === stream.revision;
  return isSame ? { stream, shards } : undefined;
}
