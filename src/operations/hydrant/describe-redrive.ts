/** Not one of Firehose's: what a redrive is, how far it came, and what keeps it. */
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findRedrive, redriveInput } from "./find-redrive.ts";
import { wireRedrive } from "./wire-redrive.ts";

export const describeRedrive = operation({
  input: redriveInput,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    return { Redrive: await wireRedrive(context, await findRedrive(request, context)) };
  },
});
