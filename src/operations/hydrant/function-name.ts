/** Which function is meant: by its name, a part of its ARN or all of it, with a version or an alias or without. */
import { string } from "../../wire/shape.ts";
import { readFunction } from "../function-arn.ts";
import { invalidParameter } from "./refusals.ts";

export const functionName = string({
  minLength: 1,
  maxLength: 256,
  pattern: String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
});

interface Place {
  readonly region: string;
  readonly accountId: string;
}

/**
 * Throws when it is a function of another region, which cannot be invoked from here.
 *
 * @example functionArnOf("clean:PROD", place) // "arn:aws:lambda:us-east-1:000000000000:function:clean:PROD"
 */
export function functionArnOf(given: string, place: Place): string {
  const found = readFunction(given, place);
  if (found === undefined) throw invalidParameter(`${given} does not name a function.`);
  if (found.region !== place.region) {
    throw invalidParameter(`Functions must be in the region ${place.region}, got ${given}.`);
  }
  return found.arn;
}

/** `clean:PROD` */
export function functionNameOf(arn: string): string {
  return arn.split(":").slice(6).join(":");
}
