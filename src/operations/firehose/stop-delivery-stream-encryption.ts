/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_StopDeliveryStreamEncryption.html
 *
 * What was sealed until then is read with its keys for as long as it is kept. Nothing has to be asked for, so that
 * DISABLING_FAILED never is.
 */
import { stopped } from "../../delivery/encryption.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { checkEncryptable } from "./encryption.ts";

export const stopDeliveryStreamEncryption = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryStreamContext) {
    await changeDeliveryStream({
      name: DeliveryStreamName,
      context,
      change(stream) {
        const nowMs = checkEncryptable(stream, context);
        return { ...stream, encryption: stopped(stream.encryption, nowMs) };
      },
    });
    return {};
  },
});
