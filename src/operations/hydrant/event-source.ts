/** What a mapping reads: a data stream, named by its own ARN or by that of a consumer registered with it. */
import { UNBOUNDED_TEXT_MAX_LENGTH } from "../../limits.ts";
import { findConsumer } from "../../streams/consumers.ts";
import { settle } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import { string } from "../../wire/shape.ts";
import type { Right } from "../../wire/operation.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { readRight } from "../firehose/kinesis-source.ts";
import { invalidParameter, notOfferedMember } from "./refusals.ts";

export const eventSourceArn = string({
  maxLength: UNBOUNDED_TEXT_MAX_LENGTH,
  pattern: String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)`,
});

const KINESIS_SOURCE =
  /^(?<streamArn>.*:stream\/(?<name>[\w.-]+))(?:\/consumer\/(?<consumer>[\w.-]+):(?<createdAt>\d+))?$/;

/** What whoever has a function fed must be allowed: a consumer is read by its own right, and its stream by the stream's. */
export function rightsToFeed(arn: string | undefined): readonly Right[] {
  const { streamArn, consumer } = KINESIS_SOURCE.exec(arn ?? "")?.groups ?? {};
  if (arn === undefined || streamArn === undefined) return [];
  return [
    ...(consumer === undefined ? [] : [{ action: "kinesis:SubscribeToShard", resource: arn }]),
    readRight(streamArn),
  ];
}

export async function findEventSource(
  arn: string | undefined,
  context: DataStreamContext,
): Promise<DataStream> {
  if (arn === undefined) throw invalidParameter("Unrecognized event source.");
  const service = arn.split(":")[2];
  if (service !== "kinesis") {
    throw notOfferedMember(`EventSourceArn of ${service}`, "mappings read Kinesis data streams");
  }
  const { streamArn, name, consumer, createdAt } = KINESIS_SOURCE.exec(arn)?.groups ?? {};
  if (streamArn === undefined || name === undefined) {
    throw invalidParameter("Unrecognized event source.");
  }
  const found =
    streamArn === dataStreamArn(context, name) ? await context.dataStreams.get(name) : undefined;
  const stream = found && (await settle(context, found));
  if (stream === undefined || stream.status === "CREATING" || stream.status === "DELETING") {
    throw invalidParameter(`Stream not found: ${arn}`);
  }
  if (consumer !== undefined && !findConsumer(stream, consumer, createdAt)) {
    // AWS's sentence is not known.
    throw invalidParameter(`Stream consumer not found: ${arn}`);
  }
  return stream;
}
