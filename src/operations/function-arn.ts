/** Which function a text names: by its name, a part of its ARN or all of it, with a version or an alias or without. */
import { functionArn } from "./arn.ts";

interface Place {
  readonly region: string;
  readonly accountId: string;
}

const PARTS =
  /^(?:arn:[a-zA-Z-]*:lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[\w.-]+(?::[$\w.-]+)?)$/;

/**
 * In whose region and account, and by what ARN; `undefined` where it is no function's.
 *
 * @example readFunction("clean:PROD", place)?.arn // "arn:aws:lambda:us-east-1:000000000000:function:clean:PROD"
 */
export function readFunction(
  given: string,
  place: Place,
): { readonly region: string; readonly arn: string } | undefined {
  const {
    region = place.region,
    account: accountId = place.accountId,
    name,
  } = PARTS.exec(given)?.groups ?? {};
  return name === undefined ? undefined : { region, arn: functionArn({ region, accountId }, name) };
}
