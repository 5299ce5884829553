/**
 * Not one of Firehose's: a redrive is ended where it is. The object that is under way at that moment may still be delivered,
 * whole. One that is over already stays as it is.
 */
import { endRedrive } from "../../delivery/redrive/lifecycle.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findRedrive, redriveInput } from "./find-redrive.ts";
import { wireRedrive } from "./wire-redrive.ts";

export const stopRedrive = operation({
  input: redriveInput,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const redrive = await findRedrive(request, context);
    const stopped = await endRedrive(context, redrive, { state: "STOPPED" });
    return { Redrive: await wireRedrive(context, stopped ?? redrive) };
  },
});
