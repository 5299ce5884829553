/** Redrives of delivery streams whose bucket is not there: nobody ends them. */
import { type Answer, call } from "./client.ts";

export function startRedrive(DeliveryStreamName: string, members: object = {}): Promise<Answer> {
  return call("StartRedrive", { DeliveryStreamName, ...members });
}

/** As a redrive of it that is not there is refused. */
export function redriveNotFound(name: string, redriveId: string): string {
  return `Redrive ${redriveId} of Firehose ${name} not found.`;
}
