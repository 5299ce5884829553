/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream, updating } from "./change-stream.ts";
import { maxRecordSizeKiB, streamArn, streamId } from "./common-shapes.ts";
import { addressedArn, requireActive } from "./find-stream.ts";

export const updateMaxRecordSize = operation({
  input: {
    StreamARN: streamArn,
    StreamId: streamId,
    MaxRecordSizeInKiB: required(maxRecordSizeKiB),
  },
  resource: addressedArn,
  async handle({ MaxRecordSizeInKiB, ...address }, context: DataStreamContext) {
    await changeStream(address, context, (stream) => {
      requireActive(stream, context);
      return { ...stream, maxRecordKiB: MaxRecordSizeInKiB, ...updating(context) };
    });
  },
});
