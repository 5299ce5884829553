import type { DeliveryStreamStatus } from "@aws-sdk/client-firehose";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";

export function statusOf({ transition }: DeliveryStream): DeliveryStreamStatus {
  switch (transition?.kind) {
    case "creating":
      return "CREATING";
    case "deleting":
      return "DELETING";
    case undefined:
      return "ACTIVE";
  }
}
