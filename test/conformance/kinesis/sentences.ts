/** AWS's sentences about values of the wrong type, and about values that break a bound. */

export const NUMBER_FOR_TEXT =
  "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String";
export const TEXT_FOR_INTEGER = "class java.lang.String can not be converted to an Integer";
export const BOOLEAN_FOR_INTEGER = "class java.lang.Boolean can not be converted to an Integer";
export const TEXT_FOR_TIME =
  "class java.lang.String can not be converted to milliseconds since epoch";
export const LIST_FOR_SCALAR = "Start of list found where not expected";
export const STRUCTURE_FOR_SCALAR = "Start of structure or map found where not expected.";
export const LIST_WANTED = "Expected list or null";
export const MAP_WANTED = "Expected map or null";
export const STRUCTURE_WANTED = "Expected null";

/** `Value 'a/b' at 'streamName' failed to satisfy constraint: …` */
export function bad(at: string, value: string | number, rule: string): string {
  return `Value '${value}' at '${at}' failed to satisfy constraint: ${rule}`;
}

/** Of lists, maps and bytes no value is shown. */
export function badAt(at: string, rule: string): string {
  return `Value at '${at}' failed to satisfy constraint: ${rule}`;
}

export function missing(at: string): string {
  return `Value null at '${at}' failed to satisfy constraint: Member must not be null`;
}

export const atLeast = (bound: number) =>
  `Member must have value greater than or equal to ${bound}`;
export const atMost = (bound: number) => `Member must have value less than or equal to ${bound}`;
export const lengthAtLeast = (bound: number) =>
  `Member must have length greater than or equal to ${bound}`;
export const lengthAtMost = (bound: number) =>
  `Member must have length less than or equal to ${bound}`;
export const oneOf = (...values: readonly string[]) =>
  `Member must satisfy enum value set: [${values.join(", ")}]`;
export const matching = (pattern: string) =>
  `Member must satisfy regular expression pattern: ${pattern}`;

export const A_NAME = matching("[a-zA-Z0-9_.-]+");
export const A_STREAM_ARN = matching(String.raw`arn:aws.*:kinesis:.*:\d{12}:stream/\S+`);
export const A_RESOURCE_ARN = matching(String.raw`arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+`);
