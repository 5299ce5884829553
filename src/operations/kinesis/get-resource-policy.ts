/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html */
import type { GetResourcePolicyOutput } from "@aws-sdk/client-kinesis";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { findResource, holdingOf, resourceOf } from "./resource.ts";

export const getResourcePolicy = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId },
  resource: resourceOf,
  async handle(address, context: DataStreamContext) {
    const { policy } = holdingOf(await findResource(address, context));
    // AWS, too, answers with an empty one where there is none.
    return { Policy: policy ?? "{}" } satisfies GetResourcePolicyOutput;
  },
});
