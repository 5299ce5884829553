/** Who is told of what was given up. What could never be written to is refused here: its lane would wait for good. */
import { type Infer, string, structure } from "../../wire/shape.ts";
import { invalidParameter, notOfferedMember, unsupportedMember } from "./refusals.ts";

const destination = structure({
  Destination: string({
    minLength: 0,
    maxLength: 350,
    pattern: String.raw`$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`,
  }),
});

export const destinationConfig = structure({ OnSuccess: destination, OnFailure: destination });

const QUEUE = /^arn:[\w-]+:sqs:(?<region>[\w-]+):\d{12}:[\w-]+(?<fifo>\.fifo)?$/;
const BUCKET = /^arn:[\w-]+:s3:::[\w.-]+$/;

/** The ARN of a standard queue or a bucket; `undefined`: nobody is told. */
export function readFailureDestination(
  { OnSuccess, OnFailure }: Infer<typeof destinationConfig>,
  region: string,
): string | undefined {
  if (OnSuccess?.Destination) throw unsupportedMember("DestinationConfig");
  const arn = OnFailure?.Destination;
  if (!arn) return undefined;
  const service = arn.split(":")[2] ?? "";
  const queue = QUEUE.exec(arn)?.groups;
  if (!["sqs", "s3"].includes(service) || queue?.["fifo"]) {
    throw notOfferedMember(`The destination ${arn}`, "name a standard queue of SQS or a bucket");
  }
  if (queue === undefined && !BUCKET.test(arn)) {
    throw invalidParameter(`The destination ARN ${arn} is invalid.`);
  }
  if (queue !== undefined && queue["region"] !== region) {
    throw invalidParameter(`Destinations must be in the region ${region}, got ${arn}.`);
  }
  return arn;
}
