/**
 * What became of a repeated call's records in its earlier attempts, by their proof. Every place that it names is
 * looked at: what is filled is answered as it was, and what is empty is closed, so that its records can be put anew; what a
 * busy table lets nobody close stays in the proof, for the next attempt to look at.
 */
import type { AppendPorts } from "../log/commit.ts";
import { filledBlock } from "../log/place.ts";
import type { CallProof, ProofKey, ProvenPlace } from "../log/proof.ts";
import { type ProofKeys, standingProof } from "../log/standing-proof.ts";
import { unpackProof } from "../log/proof-value.ts";
import type { Placeable } from "./placement.ts";
import { outcomeIn, type PutOutcome } from "./put-outcome.ts";
import { retentionMs } from "./retention.ts";
import { youngestShard } from "./shard-map.ts";
import { dataShardKey, type StreamView } from "./stream.ts";

export interface LookUpPorts extends Pick<AppendPorts, "log" | "clock" | "proofs"> {
  /** The stream as the store has it now, unless it is gone. */
  readonly refresh: () => Promise<StreamView | undefined>;
}

export interface FoundProof {
  /** Knows every shard that the proof names. */
  readonly view: StreamView;
  /** By position in the call; nothing for what is to be put, or to be put anew. */
  readonly outcomes: PutOutcome[];
  /** As far as it holds: without the places that are closed. */
  readonly proof: CallProof;
  /** As it stands in the store; `undefined`: there is none. */
  readonly value: Uint8Array | undefined;
  /** Where it stands, or shall. */
  readonly key: ProofKey;
}

/** `gone`: the stream is not there any more. */
export async function lookUpProof(
  ports: LookUpPorts,
  known: StreamView,
  keys: ProofKeys,
  records: readonly Placeable[],
): Promise<FoundProof | "gone"> {
  const { key, value } = await standingProof(ports.proofs, keys, ports.clock.now());
  const named: CallProof = value === undefined ? { places: [], refused: [] } : unpackProof(value);
  const view = await knowingAll(ports, known, named.places);
  if (view === undefined) return "gone";
  const filled = await Promise.all(
    named.places.map(({ shardNumber, blockIndex }) => {
      const shard = dataShardKey(view.stream, shardNumber);
      return filledBlock(ports, shard, blockIndex, retentionMs(view.stream));
    }),
  );
  const places = named.places.filter((_, i) => filled[i]);
  // A call of which nothing stands was refused as a whole, and is sent again for just that.
  const refused = places.length === 0 ? [] : named.refused;

  const outcomes: PutOutcome[] = [];
  named.places.forEach((place, number) => {
    const block = filled[number];
    if (block === undefined) return;
    const shard = view.shards.find(({ index }) => index === place.shardNumber);
    if (shard === undefined) throw new Error(`a proof names shard ${place.shardNumber}`);
    place.records.forEach((at, i) => {
      outcomes[at] =
        block === "open"
          ? { kind: "throttled", shardIndex: shard.index }
          : outcomeIn(shard, place, i);
    });
  });
  const isRefused = new Set(refused);
  for (const { at, hashKey } of records) {
    if (!isRefused.has(at)) continue;
    const shardIndex = youngestShard(view.shards, hashKey)?.index ?? 0;
    outcomes[at] = { kind: "throttled", shardIndex };
  }
  return { view, outcomes, proof: { places, refused }, value, key };
}

/** An earlier attempt may have met shards that came out of a reshard since we looked. */
async function knowingAll(
  { refresh }: LookUpPorts,
  view: StreamView,
  places: readonly ProvenPlace[],
): Promise<StreamView | undefined> {
  const known = new Set(view.shards.map(({ index }) => index));
  return places.every(({ shardNumber }) => known.has(shardNumber)) ? view : refresh();
}
