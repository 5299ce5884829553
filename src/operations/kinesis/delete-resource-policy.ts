/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteResourcePolicy.html */
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { changeResource, resourceOf } from "./resource.ts";

export const deleteResourcePolicy = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId },
  resource: resourceOf,
  async handle(address, context: DataStreamContext) {
    await changeResource(address, context, ({ policy, policyGeneration: _with, ...rest }) => {
      if (policy !== undefined) return rest;
      throw serviceError(
        "ResourceNotFoundException",
        `No resource policy found for resource ARN ${address.ResourceARN}`,
      );
    });
  },
});
