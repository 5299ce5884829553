/** What every operation's handler gets beside its input. */
import type { Clock } from "../clock.ts";
import type { MappingQueue, MappingStore } from "../consumer/ports.ts";
import type { Progress } from "../consumer/progress.ts";
import type { JqEngine } from "../delivery/jq/engine.ts";
import type { LaneBounds } from "../delivery/lane-load.ts";
import type { LaneMeter } from "../delivery/lane-meter.ts";
import type { DeliveryPlan } from "../delivery/plan.ts";
import type {
  DeliveryNotes,
  DeliveryStreamStore,
  FunctionInvoker,
  TableCatalog,
} from "../delivery/ports.ts";
import type { BlockSeals } from "../log/block-seals.ts";
import type { RedriveStore } from "../delivery/redrive/ports.ts";
import type { RedriveProgress } from "../delivery/redrive/redrive.ts";
import type { ReplayStore } from "../delivery/replay/store.ts";
import type { Appender } from "../log/appender.ts";
import type { AppendPorts } from "../log/commit.ts";
import type { ProofIndex } from "../log/proof.ts";
import type { ProducerRequest } from "../log/record.ts";
import type { BlockExpiry, BodyStore, LogStore, ShardRoom } from "../log/store.ts";
import type { Measured } from "../metrics.ts";
import type { Random } from "../random.ts";
import type { FollowPorts } from "../readers/follow.ts";
import type { ReaderStore, WakeQueue } from "../readers/store.ts";
import type { SweepRule } from "../readers/sweep-switch.ts";
import type { ReadWindowStore, StreamStore, SubscriptionStore } from "../streams/store.ts";
import type { TargetRules } from "../targets/rules.ts";
import type { DataStreamCache } from "./data-stream-cache.ts";
import type { StreamCache } from "./stream-cache.ts";

/** Of a stream, by all who put to it. */
export type PutQuota = Required<ShardRoom>;

/** What operations of both services need. */
export interface CallContext {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Present when the SDK sent an invocation id. */
  readonly producerRequest?: ProducerRequest;
  /** Notes what the call measures; what is noted last counts. Absent where nobody wants it. */
  readonly measure?: (...measured: readonly Measured[]) => void;
}

/** Of operations that take names of what Hydrant shall work on. */
interface NamingContext {
  readonly targets: TargetRules;
}

export interface DeliveryStreamContext
  extends
    CallContext,
    NamingContext,
    Pick<DataStreamContext, "dataStreams" | "dataStreamCache" | "log" | "sweepRule"> {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly appender: Appender;
  /** Absent: no stream can be encrypted. */
  readonly seals?: BlockSeals;
  /** What queries of delivery streams must compile with. */
  readonly jq: Pick<JqEngine, "check">;
  /** Present where settings are refused for AWS's own limits. */
  readonly isStrict?: boolean;
  /** Present where delivery streams are managed no faster than on AWS. */
  readonly controlWindows?: ReadWindowStore;
  /** What a Direct PUT stream takes in a second, where that is no more than on AWS. */
  readonly putQuota?: PutQuota;
  /** Absent: they are not counted. */
  readonly deliveryStreamsMaxCount?: number;
  /** Those of delivery streams. */
  readonly readers: FollowPorts["readers"] & Pick<ReaderStore<unknown>, "configure">;
  readonly replays: ReplayStore;
  readonly redrives: RedriveStore;
  readonly redriveReaders: Pick<ReaderStore<RedriveProgress>, "get">;
  /** One per process, not per request. */
  readonly streamCache: StreamCache;
  /** One per process; `appender` puts through the log that it watches. */
  readonly laneMeter: LaneMeter;
  /** Absent: as they are. Lower ones are for simulations. */
  readonly laneBounds?: LaneBounds;
}

export interface DataStreamContext extends CallContext {
  readonly dataStreams: StreamStore;
  /** One per process, not per request. */
  readonly dataStreamCache: DataStreamCache;
  /** Where GetRecords reads. */
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly seals?: BlockSeals;
  /** Where records are put, while their producer waits. */
  readonly append: AppendPorts;
  /** Of all streams together, open ones; absent: they are not counted. */
  readonly shardsMaxCount?: number;
  /** Present where the readers of a shard are limited as on AWS. */
  readonly readWindows?: ReadWindowStore;
  /** Where dry runs are counted. */
  readonly dryRunWindows: ReadWindowStore;
  /** Where raising a stream's retention takes effect. */
  readonly blockExpiry: BlockExpiry;
  /** Switched on for what a call leaves to the sweep, which then looks for it everywhere. */
  readonly sweepRule: Pick<SweepRule, "enable">;
  /** Seals shard iterators and next tokens; the same in every process. */
  readonly tokenSecret: Uint8Array;
  /** How long a change shows as CREATING or UPDATING. */
  readonly transitionDelayMs: number;
  /** Present where the answer is streamed: large pages need that, and subscriptions. */
  readonly push?: PushContext;
}

/** What SubscribeToShard needs beside the rest. */
export interface PushContext {
  readonly subscriptions: SubscriptionStore;
  /** How many of them may run at once; absent: no bound. */
  readonly maxCount?: number;
  /** Aborts when the client goes. */
  readonly signal: AbortSignal;
}

export interface MappingContext extends DataStreamContext, NamingContext {
  readonly mappings: MappingStore;
  /** Absent: they are not counted. */
  readonly mappingsMaxCount?: number;
  readonly mappingQueue: MappingQueue;
  readonly consumerReaders: Pick<ReaderStore<Progress>, "get">;
}

/** Of whoever has a paused delivery stream deliver again. */
export interface ResumeContext extends DeliveryStreamContext {
  readonly deliveryReaders: Pick<ReaderStore<unknown>, "get">;
  /** Where readers of delivery streams are woken. */
  readonly deliverQueue: WakeQueue;
}

/** What is declared in stacks may be of any kind. */
export interface DeclaredContext extends MappingContext, ResumeContext {}

export interface DeliveryProgressContext extends DataStreamContext {
  readonly deliveryStreams: Pick<DeliveryStreamStore, "get" | "list">;
  /** See `acting-role.ts`. */
  readonly assumableRoles: readonly string[];
  readonly deliveryReaders: Pick<ReaderStore<DeliveryPlan>, "get">;
  readonly deliveryNotes: Pick<DeliveryNotes, "get" | "flushes" | "flushOf" | "flushesBehind">;
}

export interface ReplayContext extends DeliveryStreamContext, DeliveryProgressContext {
  readonly deliveryStreams: DeliveryStreamStore;
}

/** Of Hydrant's own service. */
export interface HydrantContext extends MappingContext, ReplayContext {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly deliverQueue: ResumeContext["deliverQueue"];
  /** Where calls are found by their invocation ids. */
  readonly proofIndex: ProofIndex;
  /** For dry runs. */
  readonly invoker: FunctionInvoker;
  readonly jq: JqEngine;
  /** What conversions have their columns from. */
  readonly tables: TableCatalog;
}

export interface OperationContext extends DeliveryStreamContext, DataStreamContext {}
