/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
 *
 * The item says DELETING before anything is removed, so that a deletion that is cut short is finished by whoever
 * meets the stream next. Thousands of shards take longer than a call may: the sweep removes the rest, and the stream
 * shows as DELETING until then.
 */
import { serviceError } from "../../errors.ts";
import { finishDeletion, settle, STEP_GRACE_MS } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { boolean } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream, enableSweepFor } from "./change-stream.ts";
import { streamAddress } from "./common-shapes.ts";
import { addressedArn, lookUpStream } from "./find-stream.ts";

export const deleteStream = operation({
  input: { ...streamAddress, EnforceConsumerDeletion: boolean() },
  resource: addressedArn,
  async handle({ EnforceConsumerDeletion = false, ...address }, context: DataStreamContext) {
    const settledAtMs = context.clock.now() + STEP_GRACE_MS;
    const mark = (stream: DataStream): DataStream => {
      if (stream.status === "DELETING") return stream;
      if (!EnforceConsumerDeletion) refuseWithConsumers(stream, context);
      return { ...stream, status: "DELETING", settledAtMs };
    };
    const { before, after } = await changeStream(address, context, mark, lookUpStream);
    await enableSweepFor(after.nextShardIndex, context);
    if (after === before) await settle(context, after);
    else await finishDeletion(context, after);
    context.dataStreamCache.forget(after.name);
  },
});

/** AWS's sentence is not known. */
function refuseWithConsumers(
  { name, consumers = [] }: DataStream,
  { accountId }: DataStreamContext,
): void {
  if (consumers.length === 0) return;
  throw serviceError(
    "ResourceInUseException",
    `Stream ${name} under account ${accountId} has registered consumers. Deregister them, or set EnforceConsumerDeletion to true.`,
  );
}
