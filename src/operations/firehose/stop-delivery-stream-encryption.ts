/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_StopDeliveryStreamEncryption.html
 *
 * What was sealed until then is read with its keys for as long as it is kept, so the stream's key is tried out first. One that
 * may not be used leaves everything as it was, but for the status: DISABLING_FAILED.
 */
import { stopped } from "../../delivery/encryption.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream, findActive } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { checkEncryptable, tryOutKey } from "./encryption.ts";

export const stopDeliveryStreamEncryption = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName: name }, context: DeliveryStreamContext) {
    const standing = await findActive({ name, context });
    checkEncryptable(standing, context);
    const key = standing.encryption?.key;
    const refusal = key && (await tryOutKey(standing, key, context));
    await changeDeliveryStream({
      name,
      context,
      change(stream) {
        const nowMs = checkEncryptable(stream, context);
        const isOther = stream.encryption?.key?.keyArn !== key?.keyArn;
        const refused = isOther ? undefined : refusal;
        return { ...stream, encryption: stopped(stream.encryption, refused, nowMs) };
      },
    });
    return {};
  },
});
