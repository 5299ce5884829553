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
import { dataStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import type { CreateInput } from "./create-input.ts";
import { invalidArgument } from "./refusals.ts";

/** AWS asks whether RoleARN may read the stream; here nobody assumes it, so whoever creates must be allowed to. */
export function rightsToRead({ KinesisStreamSourceConfiguration }: CreateInput): readonly Right[] {
  if (KinesisStreamSourceConfiguration === undefined) return [];
  return [
    { action: "kinesis:GetRecords", resource: KinesisStreamSourceConfiguration.KinesisStreamARN },
  ];
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
