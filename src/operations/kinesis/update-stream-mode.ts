/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
 *
 * The shards stay as they are.
 */
import { serviceError } from "../../errors.ts";
import { HOURS_TO_MS, STREAM_MODE_CHANGES_PER_DAY } from "../../limits.ts";
import type { DataStream } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream, updating } from "./change-stream.ts";
import { streamArn, streamId, streamModeDetails } from "./common-shapes.ts";
import { addressedArn, requireActive } from "./find-stream.ts";
import { notOfferedYet } from "./refusals.ts";

export const updateStreamMode = operation({
  input: {
    StreamARN: required(streamArn),
    StreamId: streamId,
    StreamModeDetails: required(streamModeDetails),
    WarmThroughputMiBps: integer({ min: 0 }),
  },
  resource: addressedArn,
  async handle({ StreamModeDetails, ...request }, context: DataStreamContext) {
    if (request.WarmThroughputMiBps !== undefined) {
      throw notOfferedYet("WarmThroughputMiBps", "on-demand streams grow with their load");
    }
    const { StreamMode: mode } = StreamModeDetails;
    await changeStream(request, context, (stream) => {
      requireActive(stream, context);
      if (stream.mode === mode) return stream;
      return {
        ...stream,
        mode,
        modeChangedAtMs: [...changesOfTheDay(stream, context), context.clock.now()],
        ...updating(context),
      };
    });
  },
});

function changesOfTheDay(
  { name, modeChangedAtMs = [] }: DataStream,
  { clock, accountId }: DataStreamContext,
): readonly number[] {
  const recent = modeChangedAtMs.filter((atMs) => atMs > clock.now() - 24 * HOURS_TO_MS);
  if (recent.length < STREAM_MODE_CHANGES_PER_DAY) return recent;
  throw serviceError(
    "LimitExceededException",
    `The mode of stream ${name} under account ${accountId} was changed ${recent.length} times within 24 hours. Limit: ${STREAM_MODE_CHANGES_PER_DAY}.`,
  );
}
