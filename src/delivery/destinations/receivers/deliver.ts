/**
 * A flush on its way to a receiver, step by step, each noted in the plan before the next: what the stages made is kept, the
 * receiver settles it, what failed becomes objects in the bucket. Whoever finds the plan goes on where it stands.
 */
import type { ExecuteResult } from "../../../readers/reader.ts";
import { withoutRecordData } from "../../error-log/delivery-error.ts";
import { FlushMeter } from "../../flush-meter.ts";
import { type DeliveryPlan, plannedObject, type PlannedTarget } from "../../plan.ts";
import type { FlushCounts } from "../../ports.ts";
import { identifying } from "../../record-identity.ts";
import { putSealed, spoolSealer } from "../../sealed-spool.ts";
import { countFailed } from "../../stages/count-outcomes.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { FailedOutcome } from "../../stages/pipeline.ts";
import { OutOfTime } from "../../stages/transform.ts";
import { accountOf, completeAll, report, type Save } from "../s3/carry-out.ts";
import { failedObjects } from "../s3/failed-objects.ts";
import type { StagedObject } from "../s3/object-writer.ts";
import { type SinkOptions, spoolPorts } from "../sink-options.ts";
import { continueLater, throughStages } from "../through-stages.ts";
import {
  openParcel,
  packKept,
  type ParcelPiece,
  type ParcelPlace,
  ParcelWriter,
  readPiece,
} from "./parcel.ts";
import type { FailedDelivery, Receiver, ReceiverRun } from "./port.ts";
import { nextStep, settleRun, told } from "./run.ts";
import type { Settling } from "./settling.ts";

export async function deliverToReceiver(
  options: SinkOptions,
  target: PlannedTarget,
  receiver: Receiver,
  plan: DeliveryPlan,
  save: Save,
): Promise<ExecuteResult<DeliveryPlan>> {
  const meter = new FlushMeter();
  let current = plan;
  if (current.settling === undefined) {
    const kept = await keep(options, target, current, meter);
    if ("kind" in kept) return kept;
    current = { ...current, settling: kept, stands: "perhaps" };
    if ((await save(current)) === "fenced") return { kind: "fenced" };
  }
  return new Delivery(options, target, receiver, current, save, meter).run();
}

/** Through the stages, and down; or what a function that did not manage it comes to. */
async function keep(
  options: SinkOptions,
  target: PlannedTarget,
  plan: DeliveryPlan,
  meter: FlushMeter,
): Promise<Settling | ExecuteResult<DeliveryPlan>> {
  const writer = new ParcelWriter(await writablePlace(options, plan));
  const nowMs = plan.atMs ?? options.clock.now();
  const identify = identifying(options.stream);
  let droppedCount = 0;
  try {
    for await (const outcomes of throughStages(options, target, plan, { meter, identify, nowMs })) {
      droppedCount += outcomes.filter(({ kind }) => kind === "dropped").length;
      await writer.take(outcomes);
    }
    return { pieces: await writer.finish(), droppedCount, failedBytes: 0, failures: [] };
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    report(options, plan, { isFailed: true, metrics: meter.values() });
    return continueLater(options, plan, error);
  }
}

/** Where a plan's pieces are read; whoever puts one down needs the stream's key as well. */
function placeOf(options: SinkOptions, { span }: DeliveryPlan) {
  return { ports: spoolPorts(options), blockIndex: span.from.blockIndex };
}

async function writablePlace(options: SinkOptions, plan: DeliveryPlan): Promise<ParcelPlace> {
  const place = placeOf(options, plan);
  return { ...place, sealer: await spoolSealer(place.ports, options.stream) };
}

class Delivery {
  readonly #options: SinkOptions;
  readonly #target: PlannedTarget;
  readonly #receiver: Receiver;
  readonly #save: Save;
  readonly #meter: FlushMeter;
  #plan: DeliveryPlan;
  /** Told of since the plan was saved last. */
  #failed: FailedOutcome[] = [];
  #failedBytes = 0;

  constructor(
    options: SinkOptions,
    target: PlannedTarget,
    receiver: Receiver,
    plan: DeliveryPlan,
    save: Save,
    meter: FlushMeter,
  ) {
    this.#options = options;
    this.#target = target;
    this.#receiver = receiver;
    this.#plan = plan;
    this.#save = save;
    this.#meter = meter;
  }

  async run(): Promise<ExecuteResult<DeliveryPlan>> {
    if (!this.#settling.isSettled) {
      const unsettled = await this.#settle();
      if (unsettled !== undefined) return unsettled;
    }
    return this.#finish();
  }

  get #settling(): Settling {
    return this.#plan.settling!;
  }

  get #pieces(): readonly ParcelPiece[] {
    return this.#settling.pieces ?? [];
  }

  async #settle(): Promise<ExecuteResult<DeliveryPlan> | undefined> {
    const receiver = this.#receiver;
    const place = placeOf(this.#options, this.#plan);
    const parcel = openParcel(place, this.#pieces);
    if (parcel.recordCount === 0) return undefined;
    const settlement = await receiver.settle(parcel, this.#run());
    const { attempts } = this.#settling;
    const step = nextStep(this.#options, settlement, attempts, this.#target, receiver.retryEveryMs);
    switch (step.kind) {
      case "settled":
        return undefined;
      case "fenced":
        return { kind: "fenced" };
      case "later":
        return { kind: "later", plan: await this.#withFailures(), retryAtMs: step.atMs };
      case "again": {
        this.#options.tellError(told(step.attempts.error), this.#plan);
        report(this.#options, this.#plan, { isFailed: true, metrics: this.#meter.values() });
        const plan = await this.#withFailures();
        const settling = { ...plan.settling!, attempts: step.attempts };
        return { kind: "later", plan: { ...plan, settling }, retryAtMs: step.attempts.retryAtMs };
      }
      case "given up":
        this.#options.tellError(told(step.error), this.#plan);
        await this.#giveUp(parcel, step.error);
        return undefined;
    }
  }

  #run(): ReceiverRun {
    const { attempts, state } = this.#settling;
    return {
      ...settleRun(this.#options, this.#plan, attempts, this.#meter),
      ...(state !== undefined && { state }),
      save: async (next) => {
        const plan = await this.#withFailures();
        this.#plan = { ...plan, settling: { ...plan.settling!, state: next } };
        return this.#save(this.#plan);
      },
      fail: (record, error) => this.#fail(record, error),
    };
  }

  #fail({ record, data }: Passing, error: FailedDelivery): void {
    const { attempts } = this.#settling;
    const { errorOutputType } = this.#receiver;
    this.#failedBytes += data.length;
    this.#failed.push({
      kind: "failed",
      record,
      ...error,
      errorOutputType,
      attemptsMade: (attempts?.count ?? 0) + 1,
      attemptEndedAtMs: this.#options.clock.now(),
    });
  }

  /** The plan with what was told of since it was saved last. */
  async #withFailures(): Promise<DeliveryPlan> {
    if (this.#failed.length === 0) return this.#plan;
    const failed = this.#failed;
    const { ports, sealer, blockIndex } = await writablePlace(this.#options, this.#plan);
    const spooled = await putSealed(ports, sealer, blockIndex, packKept(failed));
    const piece = { ...spooled, recordCount: 0, byteCount: 0, failedCount: failed.length };
    const { failures, failedBytes } = this.#settling;
    this.#plan = {
      ...this.#plan,
      settling: {
        ...this.#settling,
        failures: [...failures, piece],
        failedBytes: failedBytes + this.#failedBytes,
      },
    };
    this.#failed = [];
    this.#failedBytes = 0;
    return this.#plan;
  }

  async #giveUp(parcel: ReturnType<typeof openParcel>, error: FailedDelivery): Promise<void> {
    if (this.#receiver.givenUp !== undefined) {
      return this.#receiver.givenUp(parcel, this.#run(), error);
    }
    const isTold = await this.#told();
    for (let index = 0; index < parcel.pieceCount; index += 1) {
      for (const record of await parcel.piece(index)) {
        if (!isTold(record)) this.#fail(record, error);
      }
    }
  }

  /** Whether the receiver has told of a record. */
  async #told(): Promise<(one: Pick<Passing, "record">) => boolean> {
    const nameOf = ({ record: { recordId, partIndex = 0 } }: Pick<Passing, "record">) =>
      `${recordId} ${partIndex}`;
    const names = new Set(this.#failed.map(nameOf));
    for await (const failed of this.#failures()) names.add(nameOf(failed));
    return (one) => names.has(nameOf(one));
  }

  async *#failures(): AsyncGenerator<FailedOutcome> {
    const place = placeOf(this.#options, this.#plan);
    for (const piece of this.#settling.failures) {
      for (const kept of await readPiece(place, piece)) if (kept.kind === "failed") yield kept;
    }
  }

  /** The receiver is done: what failed in the stages, and with it, becomes objects. */
  async #finish(): Promise<ExecuteResult<DeliveryPlan>> {
    const options = this.#options;
    let plan = await this.#withFailures();
    const counts = countsOf(plan.settling!);
    const done = () => ({ tally: counts, metrics: this.#meter.values() });
    if (counts.failedCount === 0) {
      await options.noteDelivered({ objects: [], plan, counts });
      report(options, plan, done());
      return { kind: "done" };
    }
    // The bucket may refuse them for long, and the receiver is not to be asked again meanwhile.
    if (!this.#settling.isSettled) {
      plan = { ...plan, settling: { ...plan.settling!, isSettled: true } };
      if ((await this.#save(plan)) === "fenced") return { kind: "fenced" };
    }
    const target = this.#target;
    const objects = failedObjects({
      ...options,
      target,
      identify: identifying(options.stream),
      objectAt: (object) => plannedObject(options, target, plan, object),
      here: { region: options.region, accountId: accountOf(options.deliveryStreamArn) },
      told: (failed) => {
        countFailed(failed, this.#meter);
        options.tellError(withoutRecordData(failed), plan);
      },
    });
    let staged: readonly StagedObject[];
    try {
      const place = placeOf(options, plan);
      for (const piece of this.#pieces) {
        if (piece.failedCount === 0) continue;
        for (const kept of await readPiece(place, piece)) {
          if (kept.kind === "failed") await objects.add(kept);
        }
      }
      for await (const failed of this.#failures()) await objects.add(failed);
      staged = await objects.stage();
    } catch (error) {
      await objects.abort();
      throw error;
    }
    const settled: DeliveryPlan = { ...plan, staged, counts };
    if ((await this.#save(settled)) === "fenced") return { kind: "fenced" };
    return completeAll(options, settled, staged, this.#save, done());
  }
}

function countsOf({ pieces = [], failures, droppedCount, failedBytes }: Settling): FlushCounts {
  const sum = (of: (piece: ParcelPiece) => number, all = pieces) =>
    all.reduce((total, piece) => total + of(piece), 0);
  const refusedCount = sum(({ failedCount }) => failedCount, failures);
  return {
    deliveredCount: sum(({ recordCount }) => recordCount) - refusedCount,
    droppedCount,
    failedCount: sum(({ failedCount }) => failedCount) + refusedCount,
    deliveredBytes: sum(({ byteCount }) => byteCount) - failedBytes,
  };
}
