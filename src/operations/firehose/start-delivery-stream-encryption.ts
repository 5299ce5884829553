/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
 *
 * The key is tried out first. One that may not be used leaves everything as it was, but for the status. Records are sealed
 * from the call on by whoever asks the store, and by all once it says ENABLED.
 */
import { started } from "../../delivery/encryption.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream, findActive } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { checkEncryptable, readKey, tryOutKey } from "./encryption.ts";
import { encryptionInput } from "./source-shapes.ts";
import { rightsToUse, targetsOfEncryption } from "./use-rights.ts";

export const startDeliveryStreamEncryption = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    DeliveryStreamEncryptionConfigurationInput: encryptionInput,
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: ({ DeliveryStreamEncryptionConfigurationInput: input }) =>
    rightsToUse(targetsOfEncryption(input)),
  async handle(request, context: DeliveryStreamContext) {
    const { DeliveryStreamName: name } = request;
    const key = readKey(request.DeliveryStreamEncryptionConfigurationInput, context);
    const standing = await findActive({ name, context });
    checkEncryptable(standing, context);
    const refusal = await tryOutKey(standing, key, context);
    await changeDeliveryStream({
      name,
      context,
      change(stream) {
        const nowMs = checkEncryptable(stream, context);
        return { ...stream, encryption: started(stream.encryption, key, refusal, nowMs) };
      },
    });
    return {};
  },
});
