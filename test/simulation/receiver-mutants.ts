/** Deliberate bugs in how receivers are driven: in what they answer, in what they are sent, and in what is noted of them. */
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type {
  BatchOutcome,
  BatchSender,
  ObjectFollower,
  Receiver,
} from "../../src/delivery/destinations/receivers/port.ts";
import type { ReceiverKind } from "../../src/delivery/destinations/receivers/registry.ts";
import type { ReaderStore } from "../../src/readers/store.ts";

interface ReceiverMutant {
  readonly means: string;
  readonly receiver?: (kind: ReceiverKind) => ReceiverKind;
  readonly seenReaders?: (readers: ReaderStore<DeliveryPlan>) => ReaderStore<DeliveryPlan>;
}

export const RECEIVER_MUTANTS = {
  "batch-gets-another-id": {
    means: "a batch that is sent again has another id",
    receiver: sending((sender) => {
      let count = 0;
      return {
        ...sender,
        send: (batch, run) => sender.send({ ...batch, id: `${(count += 1)}` }, run),
      };
    }),
  },
  "refusal-counts-as-taken": {
    means: "a batch that a receiver refuses for now counts as taken",
    receiver: answering((outcome) => (outcome.kind === "retry" ? { kind: "delivered" } : outcome)),
  },
  "part-counts-as-all": {
    means: "a batch of which a receiver takes some records counts as taken",
    receiver: answering((outcome) => (outcome.kind === "each" ? { kind: "delivered" } : outcome)),
  },
  "refused-is-overtaken": {
    means: "behind a batch that a channel did not take the next one is sent",
    receiver: answering((outcome) =>
      outcome.kind === "retry" ? { kind: "retry", error: outcome.error } : outcome,
    ),
  },
  "parcel-is-not-kept": {
    means: "what the stages made is made anew for each attempt",
    seenReaders: (readers) => ({
      ...readers,
      savePlan: (lease, { settling: _lost, ...plan }, order) =>
        readers.savePlan(lease, plan, order),
    }),
  },
  "commit-has-no-id": {
    means: "who commits again does not know that he has",
    receiver: settling((receiver) => {
      let count = 0;
      return {
        ...receiver,
        settle: (parcel, run) => {
          const flush = { ...run.flush, idOf: () => `${(count += 1)}` };
          return receiver.settle(parcel, { ...run, flush });
        },
      };
    }),
  },
  "failure-is-told-anew": {
    means: "a receiver does not see what it has noted",
    receiver: settling((receiver) => ({
      ...receiver,
      settle: (parcel, { state: _unseen, ...run }) => receiver.settle(parcel, run),
    })),
  },
  "failure-is-not-kept": {
    means: "what a receiver says of records that failed is forgotten",
    receiver: settling((receiver) => ({
      ...receiver,
      settle: (parcel, run) => receiver.settle(parcel, { ...run, fail: () => {} }),
    })),
  },
  "copy-is-not-awaited": {
    means: "a flush counts as copied though its copy failed",
    receiver: following((follower) => ({
      ...follower,
      async settle(objects, run) {
        const settlement = await follower.settle(objects, run);
        return settlement.kind === "retry" ? { kind: "settled" } : settlement;
      },
    })),
  },
} as const satisfies Record<string, ReceiverMutant>;

function sending(mutate: (sender: BatchSender) => BatchSender) {
  return (kind: ReceiverKind): ReceiverKind =>
    kind.kind === "batches" ? { ...kind, sender: mutate(kind.sender) } : kind;
}

function answering(mutate: (outcome: BatchOutcome) => BatchOutcome) {
  return sending((sender) => ({
    ...sender,
    send: async (batch, run) => mutate(await sender.send(batch, run)),
  }));
}

function settling(mutate: (receiver: Receiver) => Receiver) {
  return (kind: ReceiverKind): ReceiverKind =>
    kind.kind === "whole" ? { ...kind, receiver: mutate(kind.receiver) } : kind;
}

function following(mutate: (follower: ObjectFollower) => ObjectFollower) {
  return (kind: ReceiverKind): ReceiverKind =>
    kind.kind === "behind-objects" ? { ...kind, follower: mutate(kind.follower) } : kind;
}
