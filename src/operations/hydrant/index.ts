/** What AWS has elsewhere or not at all, under Hydrant's target prefix: Lambda's operations on event source mappings, and ours. */
import type { Lambda } from "@aws-sdk/client-lambda";
import { defineService } from "../../wire/operation.ts";
import type { HydrantContext } from "../context.ts";
import { createOwnDeliveryStream } from "./create-delivery-stream.ts";
import { createEventSourceMapping } from "./create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "./delete-event-source-mapping.ts";
import { describeDelivery } from "./describe-delivery.ts";
import { describeDeliveryProgress } from "./describe-delivery-progress.ts";
import { describeEventSourceMappingProgress } from "./describe-event-source-mapping-progress.ts";
import { describeRedrive } from "./describe-redrive.ts";
import { describeReplay } from "./describe-replay.ts";
import { hydrantDifferences } from "./differences.ts";
import { getDeliveryRecords } from "./get-delivery-records.ts";
import { getEventSourceMapping } from "./get-event-source-mapping.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { listDeliveryProgress } from "./list-delivery-progress.ts";
import { listEventSourceMappings } from "./list-event-source-mappings.ts";
import { locateRecordOperation } from "./locate-record.ts";
import { pauseDelivery } from "./pause-delivery.ts";
import { resumeDelivery } from "./resume-delivery.ts";
import { listRedrives } from "./list-redrives.ts";
import { listReplays } from "./list-replays.ts";
import { startRedrive } from "./start-redrive.ts";
import { startReplay } from "./start-replay.ts";
import { stopRedrive } from "./stop-redrive.ts";
import { stopReplay } from "./stop-replay.ts";
import { testPipeline } from "./test-pipeline.ts";
import { updateDeliveryRetention } from "./update-delivery-retention.ts";
import { updateEventSourceMapping } from "./update-event-source-mapping.ts";

/** What a client would offer: Lambda's methods, and ours. */
interface Hydrant extends LambdaMappings {
  createDeliveryStream(): void;
  describeDelivery(): void;
  describeDeliveryProgress(): void;
  describeEventSourceMappingProgress(): void;
  getDeliveryRecords(): void;
  listDeliveries(): void;
  describeRedrive(): void;
  describeReplay(): void;
  listDeliveryProgress(): void;
  locateRecord(): void;
  pauseDelivery(): void;
  resumeDelivery(): void;
  listRedrives(): void;
  listReplays(): void;
  startRedrive(): void;
  startReplay(): void;
  stopRedrive(): void;
  stopReplay(): void;
  testPipeline(): void;
  updateDeliveryRetention(): void;
}

type LambdaMappings = Pick<
  Lambda,
  | "createEventSourceMapping"
  | "deleteEventSourceMapping"
  | "getEventSourceMapping"
  | "listEventSourceMappings"
  | "updateEventSourceMapping"
>;

export const hydrantService = defineService<Hydrant, HydrantContext>({
  title: "Event source mappings and progress",
  targetPrefix: "Hydrant_20261122",
  signingName: "hydrant",
  emptyOutput: "object",
  violationValue: "printed",
  operations: {
    CreateDeliveryStream: createOwnDeliveryStream,
    CreateEventSourceMapping: createEventSourceMapping,
    DeleteEventSourceMapping: deleteEventSourceMapping,
    DescribeDelivery: describeDelivery,
    DescribeDeliveryProgress: describeDeliveryProgress,
    DescribeEventSourceMappingProgress: describeEventSourceMappingProgress,
    DescribeRedrive: describeRedrive,
    DescribeReplay: describeReplay,
    GetDeliveryRecords: getDeliveryRecords,
    GetEventSourceMapping: getEventSourceMapping,
    ListDeliveries: listDeliveries,
    ListDeliveryProgress: listDeliveryProgress,
    ListEventSourceMappings: listEventSourceMappings,
    LocateRecord: locateRecordOperation,
    PauseDelivery: pauseDelivery,
    ResumeDelivery: resumeDelivery,
    ListRedrives: listRedrives,
    ListReplays: listReplays,
    StartRedrive: startRedrive,
    StartReplay: startReplay,
    StopRedrive: stopRedrive,
    StopReplay: stopReplay,
    TestPipeline: testPipeline,
    UpdateDeliveryRetention: updateDeliveryRetention,
    UpdateEventSourceMapping: updateEventSourceMapping,
  },
  differences: hydrantDifferences,
});
