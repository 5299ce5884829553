import type { DeliveryStreamStatus } from "@aws-sdk/client-firehose";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";

export function statusOf({ transition, creationFailure }: DeliveryStream): DeliveryStreamStatus {
  if (creationFailure !== undefined) return "CREATING_FAILED";
  switch (transition?.kind) {
    case "creating":
      return "CREATING";
    case "deleting":
      return "DELETING";
    case "joining":
    case undefined:
      return "ACTIVE";
  }
}
