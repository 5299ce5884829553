/** Which function is meant: by its name, a part of its ARN or all of it, with a version or an alias or without. */
import { string } from "../../wire/shape.ts";
import { functionArn } from "../arn.ts";
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

const PARTS =
  /^(?:arn:[a-zA-Z-]*:lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[\w.-]+(?::[$\w.-]+)?)$/;

/**
 * Throws when it is a function of another region, which cannot be invoked from here.
 *
 * @example functionArnOf("clean:PROD", place) // "arn:aws:lambda:us-east-1:000000000000:function:clean:PROD"
 */
export function functionArnOf(given: string, place: Place): string {
  const {
    region = place.region,
    account = place.accountId,
    name,
  } = PARTS.exec(given)?.groups ?? {};
  if (name === undefined) throw invalidParameter(`${given} does not name a function.`);
  if (region !== place.region) {
    throw invalidParameter(`Functions must be in the region ${place.region}, got ${given}.`);
  }
  return functionArn({ region, accountId: account }, name);
}

/** `clean:PROD` */
export function functionNameOf(arn: string): string {
  return arn.split(":").slice(6).join(":");
}
