/**
 * A data stream as the source of a delivery stream: found, described, and what the domain needs to read it.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_KinesisStreamSourceConfiguration.html
 */
import type { DeliveryStreamType, SourceDescription } from "@aws-sdk/client-firehose";
import type { DeliveryStream, KinesisSource } from "../../delivery/delivery-stream.ts";
import type { SourceLifecyclePorts } from "../../delivery/source/lifecycle.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import { trimHorizonMs } from "../../streams/retention.ts";
import type { StreamView } from "../../streams/view.ts";
import type { Right } from "../../wire/operation.ts";
import { dataStreamArn, deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import type { CreateInput } from "./create-input.ts";
import { invalidArgument } from "./refusals.ts";

/**
 * What else the caller must be allowed. AWS asks whether RoleARN may read the stream; here nobody assumes it, so whoever
 * creates must be allowed to. Tags are another right, as on AWS.
 */
export function rightsToCreate(
  { DeliveryStreamName, KinesisStreamSourceConfiguration: source, Tags }: CreateInput,
  context: Pick<DeliveryStreamContext, "accountId" | "region">,
): readonly Right[] {
  const resource = deliveryStreamArn(context, DeliveryStreamName);
  return [
    ...(Tags === undefined ? [] : [{ action: "firehose:TagDeliveryStream", resource }]),
    ...(source === undefined ? [] : [readRight(source.KinesisStreamARN)]),
  ];
}

/**
 * The same of a delivery stream that stands: whoever has its records sent elsewhere, sent once more, or shown must be
 * allowed to read where they come from. Asked of the store, for what is remembered may be of an earlier one of its name.
 */
export async function rightsToReadSource(
  { DeliveryStreamName }: { readonly DeliveryStreamName: string },
  context: Pick<DeliveryStreamContext, "accountId" | "region"> & {
    readonly deliveryStreams: Pick<DeliveryStreamContext["deliveryStreams"], "get">;
  },
): Promise<readonly Right[]> {
  const stream = await context.deliveryStreams.get(DeliveryStreamName);
  if (stream?.source === undefined) return [];
  return [readRight(dataStreamArn(context, stream.source.streamName))];
}

/** To have a delivery stream's records go another way. */
export function updateRight(
  name: string,
  context: Pick<DeliveryStreamContext, "accountId" | "region">,
): Right {
  return { action: "firehose:UpdateDestination", resource: deliveryStreamArn(context, name) };
}

/** To the records of a data stream. */
export function readRight(resource: string): Right {
  return { action: "kinesis:GetRecords", resource };
}

export interface FoundSource {
  readonly source: KinesisSource;
  readonly view: StreamView;
}

/** Where in the data stream to begin; LATEST is Firehose's. */
export interface SourceStart {
  readonly StartingPosition?: "LATEST" | "TRIM_HORIZON" | "AT_TIMESTAMP";
  /** With AT_TIMESTAMP. */
  readonly StartingPositionTimestamp?: Date;
}

/** `undefined` for Direct PUT. Throws when the stream cannot be read. */
export async function findKinesisSource(
  { KinesisStreamSourceConfiguration }: CreateInput,
  context: DeliveryStreamContext,
  start: SourceStart = {},
): Promise<FoundSource | undefined> {
  if (KinesisStreamSourceConfiguration === undefined) return undefined;
  const { KinesisStreamARN, RoleARN } = KinesisStreamSourceConfiguration;
  const [, , , , accountId = "", resource = ""] = KinesisStreamARN.split(":");
  const name = resource.replace("stream/", "");
  const isOurs = KinesisStreamARN === dataStreamArn(context, name);
  const view = isOurs ? await context.dataStreamCache.refresh(name) : undefined;
  // AWS's sentence is not known; this is how Kinesis says it.
  if (view === undefined) {
    throw invalidArgument(`Stream ${name} under account ${accountId} not found.`);
  }
  const nowMs = context.clock.now();
  const status = shownStatus(view.stream, nowMs);
  if (status !== "ACTIVE" && status !== "UPDATING") {
    throw invalidArgument(
      "Kinesis stream must be in ACTIVE or UPDATING state in order to create a delivery stream.",
    );
  }
  const source = {
    streamName: name,
    streamGeneration: view.stream.generation,
    roleArn: RoleARN,
    ...startOf(start, view, nowMs),
  };
  return { source, view };
}

function startOf(
  { StartingPosition, StartingPositionTimestamp }: SourceStart,
  { stream }: StreamView,
  nowMs: number,
): Pick<KinesisSource, "startedAtMs" | "startsEarlier"> {
  const horizonMs = trimHorizonMs(stream, nowMs);
  const fromMs = {
    LATEST: nowMs,
    TRIM_HORIZON: horizonMs,
    AT_TIMESTAMP: StartingPositionTimestamp?.getTime() ?? nowMs,
  }[StartingPosition ?? "LATEST"];
  return fromMs === nowMs
    ? { startedAtMs: nowMs }
    : { startedAtMs: Math.max(fromMs, horizonMs), startsEarlier: true };
}

export function lifecyclePorts(context: DeliveryStreamContext): SourceLifecyclePorts {
  return { ...context, view: (name) => context.dataStreamCache.refresh(name) };
}

export function typeOf({ source }: DeliveryStream): DeliveryStreamType {
  return source === undefined ? "DirectPut" : "KinesisStreamAsSource";
}

/** What a delivery stream reads, or how much it is told to expect; nothing where neither is known. */
export function describeSource(
  { source, throughputHintMiB }: DeliveryStream,
  context: DeliveryStreamContext,
): { readonly Source?: SourceDescription } {
  if (source !== undefined) {
    const KinesisStreamSourceDescription = {
      KinesisStreamARN: dataStreamArn(context, source.streamName),
      RoleARN: source.roleArn,
      DeliveryStartTimestamp: new Date(source.startedAtMs),
    };
    return { Source: { KinesisStreamSourceDescription } };
  }
  if (throughputHintMiB === undefined) return {};
  return { Source: { DirectPutSourceDescription: { ThroughputHintInMBs: throughputHintMiB } } };
}
