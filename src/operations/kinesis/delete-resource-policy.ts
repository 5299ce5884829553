/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteResourcePolicy.html */
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { resourceOf, streamResource } from "./resource-address.ts";

export const deleteResourcePolicy = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId },
  resource: resourceOf,
  async handle(address, context: DataStreamContext) {
    await changeStream(streamResource(address, "A policy", context), context, (stream) => {
      const { policy, ...rest } = stream;
      if (policy !== undefined) return rest;
      throw serviceError(
        "ResourceNotFoundException",
        `No resource policy found for resource ARN ${address.ResourceARN}`,
      );
    });
  },
});
