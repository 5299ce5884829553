/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
 *
 * differs from AWS: a policy is kept and shown, and grants or denies nothing: rights are those of the access key.
 */
import { RESOURCE_POLICY_MAX_LENGTH } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { required, string } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { requireActiveConsumer } from "./find-consumer.ts";
import { requireActive } from "./find-stream.ts";
import { invalidArgument } from "./refusals.ts";
import { changeResource, resourceOf } from "./resource.ts";

export const putResourcePolicy = operation({
  input: {
    ResourceARN: required(resourceArn),
    StreamId: streamId,
    Policy: required(string({ maxLength: RESOURCE_POLICY_MAX_LENGTH })),
  },
  resource: resourceOf,
  async handle({ Policy, ...address }, context: DataStreamContext) {
    if (!isJsonObject(Policy)) throw invalidArgument("Policy is not a valid JSON document.");
    await changeResource(address, context, (holding, { stream, consumer }) => {
      if (consumer === undefined) requireActive(stream, context);
      else requireActiveConsumer(consumer, address.ResourceARN, context);
      return { ...holding, policy: Policy };
    });
  },
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
