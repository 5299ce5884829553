/**
 * One error of a delivery stream as AWS writes it to CloudWatch Logs: these members in this order. A stream with a Lambda
 * processor names it last.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
import type { DeliveryError } from "./delivery-error.ts";

export interface ErrorPlace {
  readonly deliveryStreamArn: string;
  /** Of the stream when what failed was planned. */
  readonly versionId: number;
  /** The ARN of the bucket; of another destination its URL, say. */
  readonly destination: string;
  /** Of the transform, if there is one. */
  readonly functionArn?: string | undefined;
}

/** The text of one log event. */
export function errorEvent(
  { errorCode, errorMessage }: DeliveryError,
  { deliveryStreamArn, versionId, destination, functionArn }: ErrorPlace,
): string {
  return JSON.stringify({
    deliveryStreamARN: deliveryStreamArn,
    destination,
    deliveryStreamVersionId: versionId,
    message: errorMessage,
    errorCode,
    processor: functionArn,
  });
}
