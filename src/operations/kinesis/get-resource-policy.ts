/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html */
import type { GetResourcePolicyOutput } from "@aws-sdk/client-kinesis";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { findStream } from "./find-stream.ts";
import { resourceOf, streamResource } from "./resource-address.ts";

export const getResourcePolicy = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId },
  resource: resourceOf,
  async handle(address, context: DataStreamContext) {
    const stream = await findStream(streamResource(address, "A policy", context), context);
    // AWS, too, answers with an empty one where there is none.
    return { Policy: stream.policy ?? "{}" } satisfies GetResourcePolicyOutput;
  },
});
