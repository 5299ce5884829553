/**
 * Firehose's CreateDeliveryStream with what Firehose has not: where in its data stream a delivery stream begins, and for
 * how long one that is put to keeps its records. SDKs know no such members, so it is an operation of its own.
 */
import type { CreateDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { RETENTION_MAX_HOURS, RETENTION_MIN_HOURS } from "../../limits.ts";
import { randomHex } from "../../random.ts";
import { operation } from "../../wire/operation.ts";
import { type InferMembers, integer, string, timestamp } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { HydrantContext } from "../context.ts";
import {
  GENERATION_BYTES,
  makeDeliveryStream,
  type OwnMembers,
} from "../firehose/create-delivery-stream.ts";
import { createInput, type CreateInput } from "../firehose/create-input.ts";
import { rightsToCreate } from "../firehose/kinesis-source.ts";
import { rightsToUseNew } from "../firehose/use-rights.ts";
import { invalidParameter } from "./refusals.ts";

export const ownCreateInput = {
  ...createInput,
  /** Of one that reads a data stream. */
  StartingPosition: string({ enum: ["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"] }),
  StartingPositionTimestamp: timestamp(),
  /** Of one that is put to. */
  RetentionPeriodHours: integer({ min: RETENTION_MIN_HOURS, max: RETENTION_MAX_HOURS }),
} as const;

export type OwnCreateInput = InferMembers<typeof ownCreateInput>;

export const createOwnDeliveryStream = operation({
  input: ownCreateInput,
  resource: (input, context: HydrantContext) =>
    deliveryStreamArn(context, input.DeliveryStreamName),
  implies: (input, context: HydrantContext) => [
    {
      action: "firehose:CreateDeliveryStream",
      resource: deliveryStreamArn(context, input.DeliveryStreamName),
    },
    ...rightsToCreate(input, context),
    ...rightsToUseNew(input, context),
  ],
  async handle(input, context: HydrantContext) {
    const { own, request } = readOwn(input, context.clock.now());
    const generation = randomHex(context.random, GENERATION_BYTES);
    await makeDeliveryStream(generation, request, context, own);
    return {
      DeliveryStreamARN: deliveryStreamArn(context, request.DeliveryStreamName),
    } satisfies CreateDeliveryStreamOutput;
  },
});

/** Firehose's members apart from those that it has not. Refuses what does not go together. */
export function readOwn(
  { StartingPosition, StartingPositionTimestamp, RetentionPeriodHours, ...request }: OwnCreateInput,
  nowMs: number,
): { readonly own: OwnMembers; readonly request: CreateInput } {
  const own: OwnMembers = {
    ...(StartingPosition !== undefined && { StartingPosition }),
    ...(StartingPositionTimestamp !== undefined && { StartingPositionTimestamp }),
    ...(RetentionPeriodHours !== undefined && { RetentionPeriodHours }),
  };
  checkOwn(own, request, nowMs);
  return { own, request };
}

function checkOwn(
  { StartingPosition, StartingPositionTimestamp, RetentionPeriodHours }: OwnMembers,
  { KinesisStreamSourceConfiguration: source }: CreateInput,
  nowMs: number,
): void {
  if (source === undefined && StartingPosition !== undefined) {
    throw invalidParameter("StartingPosition is of delivery streams that read a data stream");
  }
  if (source !== undefined && RetentionPeriodHours !== undefined) {
    throw invalidParameter(
      "RetentionPeriodHours is of Direct PUT: the data stream keeps the records of one that reads it",
    );
  }
  if ((StartingPosition === "AT_TIMESTAMP") !== (StartingPositionTimestamp !== undefined)) {
    throw invalidParameter(
      "StartingPositionTimestamp goes with AT_TIMESTAMP, and with nothing else",
    );
  }
  if (StartingPositionTimestamp !== undefined && StartingPositionTimestamp.getTime() > nowMs) {
    throw invalidParameter("StartingPositionTimestamp must not lie in the future");
  }
}
