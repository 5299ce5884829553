/**
 * A call whose records stand together, in one block of one of its stream's lanes, as those of Direct PUT do. Whatever
 * dies in between leaves an orphaned body (it expires) or a hole (a reader fills it), never half a call. Where a lane has no
 * room another one is tried: no place was taken there, so the call's proof will name the one that it came to.
 */
import { CALL_MAX_MS, LANES_TRIED_MAX_COUNT, PROOF_LOST_PAUSE_MS } from "../limits.ts";
import type { Appender, CallAppend, CallAppended } from "./appender.ts";
import type { AppendPorts } from "./commit.ts";
import { type BlockPlace, type GroupProof, groupCommit } from "./group-commit.ts";
import { filledBlock } from "./place.ts";
import type { ProvenPlace } from "./proof.ts";
import { packProof, unpackProof } from "./proof-value.ts";
import { type ProofKeys, proofKeys, standingProof } from "./standing-proof.ts";

export function createAppender(ports: AppendPorts): Appender {
  const { proofs, clock, random } = ports;
  const gather = groupCommit(ports);

  /** What the proof that stands says: its value, and the call's place if that is filled. `open`: nobody knows of the place. */
  async function lookUp(keys: ProofKeys, call: CallAppend) {
    const { key, value: before } = await standingProof(proofs, keys, clock.now());
    const place = before && unpackProof(before).places[0];
    if (place === undefined) return { key, before };
    const { shardNumber, blockIndex } = place;
    const shard = call.keyOf(shardNumber);
    const block = await filledBlock(ports, shard, blockIndex, call.retentionMs);
    if (block === undefined) return { key, before };
    if (block === "open") return "open";
    return { key, before, place, isSealed: block.envelope !== undefined };
  }

  return {
    async append(call) {
      const { records, retentionMs, request, sealer, perSecond } = call;
      const keys = proofs && request && proofKeys(request, call);
      let isRetry = request !== undefined && request.attempt > 1;
      const giveUpAtMs = clock.now() + CALL_MAX_MS;
      const full: number[] = [];
      let isOverLimit = true;
      for (;;) {
        const known = keys !== undefined && isRetry ? await lookUp(keys, call) : undefined;
        if (known === "open") return { kind: "throttled" };
        if (known?.place !== undefined) return answerOf(known.place, known.isSealed);
        const lane = call.chooseLane(full);
        if (lane === undefined) return { kind: "full", isOverLimit };
        const proof: GroupProof | undefined = keys && {
          key: known?.key ?? keys.present,
          before: known?.before,
          nextAt: (place) => packProof({ places: [placeOf(lane, place, call)], refused: [] }),
        };
        const result = await gather(call.keyOf(lane), {
          records,
          retentionMs,
          ...(sealer && { sealer }),
          ...(perSecond && { perSecond }),
          ...(proof && { proof }),
        });
        if (result.kind === "appended") {
          return { ...result, lane, isSealed: sealer !== undefined };
        }
        if (result.kind === "full") {
          full.push(lane);
          isOverLimit &&= result.isOverLimit;
          if (full.length >= LANES_TRIED_MAX_COUNT) return { kind: "full", isOverLimit };
          continue;
        }
        if (result.kind !== "lost") return result;
        if (clock.now() >= giveUpAtMs) return { kind: "throttled" };
        isRetry = true;
        await clock.sleep(Math.floor(random.fraction() * PROOF_LOST_PAUSE_MS));
      }
    },
  };
}

function placeOf(lane: number, place: BlockPlace, { records }: CallAppend): ProvenPlace {
  return { ...place, shardNumber: lane, records: records.map((_, i) => i) };
}

function answerOf(
  { shardNumber: lane, blockIndex, position, arrivedAtMs }: ProvenPlace,
  isSealed: boolean,
): CallAppended {
  return { kind: "appended", lane, blockIndex, position, arrivedAtMs, isSealed };
}
