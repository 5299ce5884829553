/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
 *
 * It is kept as it was written, once it is understood: what it grants and denies holds from then on.
 */
import { parseResourcePolicy } from "../../auth/policy-document.ts";
import { RESOURCE_POLICY_MAX_LENGTH } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { required, string } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { requireActiveConsumer } from "./find-consumer.ts";
import { requireActive } from "./find-stream.ts";
import { invalidArgument } from "./refusals.ts";
import { changeResource, type Holding, type ResourceAddress, resourceOf } from "./resource.ts";

export const putResourcePolicy = operation({
  input: {
    ResourceARN: required(resourceArn),
    StreamId: streamId,
    Policy: required(string({ maxLength: RESOURCE_POLICY_MAX_LENGTH })),
  },
  resource: resourceOf,
  async handle({ Policy, ...address }, context: DataStreamContext) {
    await putPolicy(address, context, (holding) => ({ ...holding, policy: Policy }));
  },
});

/** @param change what is held afterwards; may throw a refusal */
export async function putPolicy(
  address: ResourceAddress,
  context: DataStreamContext,
  change: (standing: Holding) => Holding & { readonly policy: string },
): Promise<void> {
  await changeResource(address, context, (standing, { stream, consumer }) => {
    const holding = change(standing);
    checkPolicy(holding.policy, address.ResourceARN);
    if (consumer === undefined) requireActive(stream, context);
    else requireActiveConsumer(consumer, address.ResourceARN, context);
    return holding;
  });
}

/** AWS's sentences are not known. */
function checkPolicy(text: string, heldBy: string): void {
  try {
    parseResourcePolicy(text, heldBy);
  } catch (error) {
    throw invalidArgument(`Policy is not valid: ${(error as Error).message}`);
  }
}
