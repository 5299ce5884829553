/** What delivery to S3 is given, and what it tells of each flush. */
import type { Clock } from "../../clock.ts";
import type { BlockSeals } from "../../log/block-seals.ts";
import type { BodyStore, LogStore } from "../../log/store.ts";
import type { Random } from "../../random.ts";
import type { ExecuteResult, ReaderSink } from "../../readers/reader.ts";
import type { FencedResult } from "../../readers/store.ts";
import type { DeliveryTarget } from "../delivery-stream.ts";
import type { DeliveryError } from "../error-log/delivery-error.ts";
import type { JqEngine } from "../jq/engine.ts";
import type { DeliveryPlan, PlannedObjects } from "../plan.ts";
import type {
  FlushCounts,
  FlushedObject,
  FunctionInvoker,
  ObjectStore,
  SpoolStore,
  TableCatalog,
} from "../ports.ts";
import type { FlushValues } from "../flush-meter.ts";
import type { Delivery } from "../source/follow.ts";
import type { ReceiverPorts } from "./receivers/ports.ts";
import type { ReceiverSettings } from "./receivers/settings.ts";
import type { SealedSpoolPorts } from "../sealed-spool.ts";
import type { SourceShard } from "../source/shard.ts";

/** What one flush did, for the log line and the metrics; never record data. */
export interface FlushReport {
  readonly kind: Delivery["kind"] | "replay" | "redrive";
  readonly readerId: string;
  readonly streamName: string;
  /** Absent: S3. */
  readonly receiver?: ReceiverSettings["kind"];
  /** `firehose/access-logs/5c1f09ab27de4410/0000` */
  readonly shard: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly recordCount: number;
  readonly deliveredCount: number;
  readonly failedCount: number;
  readonly deliveredBytes: number;
  readonly oldestArrivedAtMs: number;
  /** An earlier run had written or staged the objects already, and counted them. */
  readonly resumed: boolean;
  /** It is tried again, and nothing of it counts yet. */
  readonly isFailed: boolean;
  /** Of the stages, and of what was read. */
  readonly metrics: FlushValues;
}

export interface SinkOptions extends PlannedObjects {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly seals?: BlockSeals;
  readonly objects: ObjectStore;
  readonly invoker: FunctionInvoker;
  readonly tables: TableCatalog;
  readonly jq: JqEngine;
  readonly spool: SpoolStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly region: string;
  readonly deliveryStreamArn: string;
  /** Of the data stream that is read, if it is one. */
  readonly sourceKinesisStreamArn?: string;
  readonly kind: FlushReport["kind"];
  readonly source: SourceShard;
  /** As it is now; plans that were made before keep theirs. */
  readonly target: DeliveryTarget;
  /** What to do when all that was reserved is delivered; absent: nothing. */
  readonly atTip?: ReaderSink<DeliveryPlan>["atTip"];
  readonly deadlineMs: number;
  readonly report: (flush: FlushReport) => void;
  /** Of what fails in carrying out a plan, whether it is tried again or not; it holds no record data. */
  readonly tellError: (error: DeliveryError, plan: DeliveryPlan) => void;
  /** Once all of a plan's objects stand. What it answers is what the run comes to; `undefined`: the flush is done. */
  readonly behindObjects?: (
    plan: DeliveryPlan,
    objects: readonly FlushedObject[],
    save: (plan: DeliveryPlan) => Promise<FencedResult>,
  ) => Promise<ExecuteResult<DeliveryPlan> | undefined>;
  /** What receivers reach; absent: streams deliver to S3 alone. */
  readonly receivers?: ReceiverPorts;
  /** The objects stand; the first one is that of what was delivered, if there is one. */
  readonly noteDelivered: (flush: Flushed) => Promise<void>;
}

export interface Flushed {
  readonly objects: readonly FlushedObject[];
  readonly plan: DeliveryPlan;
  /** Absent: of a plan that an earlier version staged. */
  readonly counts?: FlushCounts;
}

/** Where what belongs to a flush lies between two steps. */
export function spoolPorts({ spool, seals, source }: SinkOptions): SealedSpoolPorts {
  return { spool, seals, shard: source.key };
}
