/**
 * Putting records into a stream. Records of one call keep their order within a shard: of what a shard's limit lets
 * through it takes a beginning, never a selection. A shard that was closed since we looked takes nothing; its
 * records are then placed again, in the shards that came out of it. All places of a call are taken before its proof is
 * written, and its proof before any of its blocks: however often the call is sent, each record is stored once.
 */
import {
  CALL_MAX_MS,
  PROOF_LOST_PAUSE_MS,
  RESHARD_PATIENCE_MS,
  RESHARD_POLL_INTERVAL_MS,
} from "../limits.ts";
import { type AppendPorts, commit, type ProofOutcome } from "../log/commit.ts";
import type { BlockWritten } from "../log/place.ts";
import type { CallProof, ProofKey } from "../log/proof.ts";
import { packProof } from "../log/proof-value.ts";
import type { ProducerRequest } from "../log/record.ts";
import { proofKeys } from "../log/standing-proof.ts";
import { lookUpProof } from "./look-up-proof.ts";
import type { Placeable } from "./placement.ts";
import { outcomeIn, type PutOutcome } from "./put-outcome.ts";
import { type PlacedGroup, reserveOpen } from "./reserve-open.ts";
import { youngestShard } from "./shard-map.ts";
import type { StreamView } from "./stream.ts";

export interface PutPorts extends AppendPorts {
  /** The stream as the store has it now. */
  refresh(): Promise<StreamView | undefined>;
}

/** How far a call has come. */
interface Progress {
  readonly view: StreamView;
  /** By position in the call; nothing for what is still to be put. */
  readonly outcomes: PutOutcome[];
  /** What stands of the call. */
  proof: CallProof;
  /** The proof's value in the store; `undefined`: there is none. */
  value: Uint8Array | undefined;
  /** Where that is; `undefined`: the call has none. */
  readonly key: ProofKey | undefined;
}

/** The outcome of each record by its position in the call, or `gone` when the stream was deleted meanwhile. */
export async function putIntoStream(
  ports: PutPorts,
  known: StreamView,
  records: readonly Placeable[],
  request: ProducerRequest | undefined,
): Promise<readonly PutOutcome[] | "gone"> {
  const { proofs, clock, random } = ports;
  /** Of the stream that is known. One that was made anew under its name has other shards, and takes the call anew. */
  const refresh = async () => {
    const current = await standing(ports);
    return current?.stream.generation === known.stream.generation ? current : undefined;
  };
  const elsewhere = async () => {
    const current = await standing(ports);
    const isAnew = current !== undefined && current.stream.generation !== known.stream.generation;
    return isAnew ? putIntoStream(ports, current, records, request) : "gone";
  };
  const keys = proofs && request && proofKeys(request, known.stream);
  const beganAtMs = clock.now();
  let progress: Progress = {
    view: known,
    outcomes: [],
    proof: { places: [], refused: [] },
    value: undefined,
    key: keys?.present,
  };
  let isRetry = keys !== undefined && request !== undefined && request.attempt > 1;
  for (let round = 0; ; round++) {
    if (keys !== undefined && isRetry) {
      const found = await lookUpProof({ ...ports, refresh }, progress.view, keys, records);
      if (found === "gone") return elsewhere();
      progress = found;
      isRetry = false;
    }
    const { outcomes } = progress;
    const left = records.filter(({ at }) => outcomes[at] === undefined);
    if (left.length === 0) return outcomes;
    const became = await putWhatIsOpen(ports, progress, left);
    const elapsedMs = clock.now() - beganAtMs;
    if (became === "lost" && elapsedMs < CALL_MAX_MS) {
      isRetry = true;
      await clock.sleep(Math.floor(random.fraction() * PROOF_LOST_PAUSE_MS));
      continue;
    }
    if (became === "lost" || elapsedMs >= RESHARD_PATIENCE_MS) return refuseRest(progress, left);
    if (became === "done") return outcomes;
    // The first look again needs no patience: most reshards are over before anybody meets them.
    if (round > 0) await clock.sleep(RESHARD_POLL_INTERVAL_MS);
    const current = await refresh();
    if (current === undefined) return elsewhere();
    progress = { ...progress, view: current };
  }
}

async function standing(ports: PutPorts): Promise<StreamView | undefined> {
  const current = await ports.refresh();
  return current?.stream.status === "DELETING" ? undefined : current;
}

/**
 * - `done`: all records that were left have their outcomes
 * - `waiting`: some found their shard closed
 * - `lost`: another attempt has gone ahead, or somebody has closed a place
 */
async function putWhatIsOpen(
  ports: AppendPorts,
  progress: Progress,
  left: readonly Placeable[],
): Promise<"done" | "waiting" | "lost"> {
  const { view, outcomes, key } = progress;
  const { groups, refused, isWaiting } = await reserveOpen(ports, view, left);
  const isNews = groups.length > 0 || refused.size > 0;
  const proof = extended(progress.proof, groups, [...refused.keys()]);
  const value = packProof(proof);
  // Of a call of which nothing stands nothing has to be proven.
  const changes =
    key === undefined || proof.places.length === 0 || !isNews
      ? []
      : [{ key, before: progress.value, next: value }];
  const committed = await commit(
    ports,
    groups.map(({ block }) => block),
    changes,
  );
  if (committed.kind === "unproven") {
    const [became] = committed.proofs;
    if (became === undefined || became.kind === "lost") return "lost";
    for (const group of groups) answer(outcomes, group, became);
  } else {
    progress.proof = proof;
    if (changes.length > 0) progress.value = value;
    groups.forEach((group, i) => answer(outcomes, group, committed.blocks[i]!, key));
    if (key !== undefined && committed.blocks.some(({ kind }) => kind === "lost")) return "lost";
  }
  for (const [at, outcome] of refused) outcomes[at] = outcome;
  return isWaiting ? "waiting" : "done";
}

function extended(
  { places, refused }: CallProof,
  groups: readonly PlacedGroup[],
  newlyRefused: readonly number[],
): CallProof {
  return {
    places: [...places, ...groups.map(({ place }) => place)],
    refused: [...refused, ...newlyRefused].toSorted((a, b) => a - b),
  };
}

/** Without a proof, records whose place was closed are not put again: by now their producer may have sent them anew. */
function answer(
  outcomes: PutOutcome[],
  { shard, place }: PlacedGroup,
  became: BlockWritten | ProofOutcome,
  key?: ProofKey,
): void {
  if (became.kind === "lost" && key !== undefined) return;
  place.records.forEach((at, i) => {
    if (became.kind === "written") outcomes[at] = outcomeIn(shard, place, i);
    else if (became.kind === "failed") outcomes[at] = became;
    else outcomes[at] = { kind: "throttled", shardIndex: shard.index };
  });
}

function refuseRest(
  { view, outcomes }: Progress,
  left: readonly Placeable[],
): readonly PutOutcome[] {
  for (const { at, hashKey } of left) {
    const shardIndex = youngestShard(view.shards, hashKey)?.index ?? 0;
    outcomes[at] ??= { kind: "throttled", shardIndex };
  }
  return outcomes;
}
