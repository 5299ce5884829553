/**
 * The `Prefix` and `ErrorOutputPrefix` of an S3 destination: text with `!{namespace:value}` expressions.
 * Parsing refuses with Firehose's own sentences; there is no escape, `!{` always opens an expression.
 * Evaluation only depends on its arguments, so that a repeated flush names the same object.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
import { derivedUuid } from "../../derived-uuid.ts";
import { PREFIX_EVALUATED_MAX_BYTES, PREFIX_EVALUATED_MAX_LENGTH } from "../../limits.ts";
import { formatDate, parseDatePattern, type DatePatternPart } from "./date-pattern.ts";

export type PrefixSetting = "Prefix" | "ErrorOutputPrefix";

/** Where dynamic partitioning takes the value of a key from. */
export type PartitionNamespace = "partitionKeyFromQuery" | "partitionKeyFromLambda";

export type PrefixPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "timestamp"; readonly pattern: readonly DatePatternPart[] }
  | { readonly kind: "random-string" }
  | { readonly kind: "error-output-type" }
  | {
      readonly kind: "partition-key";
      readonly namespace: PartitionNamespace;
      readonly key: string;
    };

export type ParsedPrefix =
  | { readonly kind: "prefix"; readonly parts: readonly PrefixPart[] }
  /** `message` is the sentence of the `InvalidArgumentException`. */
  | { readonly kind: "invalid"; readonly message: string };

/** The folders of records that failed on their way, by what failed. */
export const STAGE_ERROR_OUTPUT_TYPES = [
  "processing-failed",
  "decompression-failed",
  "metadata-extraction-failed",
  "activePartitionExceeded",
  "format-conversion-failed",
] as const;

/** Of those that a destination other than S3 did not take. */
export const RECEIVER_ERROR_OUTPUT_TYPES = [
  "http-endpoint-failed",
  "splunk-failed",
  // Of collections, and of domains by their older name, too.
  "AmazonOpenSearchService-failed",
  "snowflake-failed",
  "iceberg-failed",
] as const;

export type ReceiverErrorOutputType = (typeof RECEIVER_ERROR_OUTPUT_TYPES)[number];

export type ErrorOutputType = (typeof STAGE_ERROR_OUTPUT_TYPES)[number] | ReceiverErrorOutputType;

export function isOfReceiver(type: ErrorOutputType): type is ReceiverErrorOutputType {
  return (RECEIVER_ERROR_OUTPUT_TYPES as readonly string[]).includes(type);
}

/** Of a bucket that all is delivered to. */
const LONGEST_ERROR_OUTPUT_TYPE: ErrorOutputType = "metadata-extraction-failed";

export interface PrefixValues {
  /** Arrival of the oldest record in the object. */
  readonly instantMs: number;
  /** IANA name; absent: UTC. */
  readonly timeZone?: string;
  /** All `random-string`s derive from it. */
  readonly seed: string;
  readonly errorOutputType?: ErrorOutputType;
}

const RANDOM_STRING_LENGTH = 11;

const INVALID_EXPRESSION: ParsedPrefix = { kind: "invalid", message: "Invalid expression usage" };

const DATE_FOLDERS: PrefixPart = {
  kind: "timestamp",
  pattern: parseDatePattern("yyyy/MM/dd/HH/") ?? [],
};

/** Reads one setting by itself; how the two must go together is `prefixProblem`'s. */
export function parsePrefix(text: string, setting: PrefixSetting): ParsedPrefix {
  const parts: PrefixPart[] = [];
  let rest = text;
  while (rest !== "") {
    const start = rest.indexOf("!{");
    if (start !== 0) {
      parts.push({ kind: "text", text: start < 0 ? rest : rest.slice(0, start) });
      rest = start < 0 ? "" : rest.slice(start);
      continue;
    }
    const end = rest.indexOf("}");
    const expression = parseExpression(end < 0 ? "" : rest.slice(2, end), setting);
    if (expression.kind === "invalid") return expression;
    parts.push(...expression.parts);
    rest = rest.slice(end + 1);
  }
  return { kind: "prefix", parts };
}

function parseExpression(expression: string, setting: PrefixSetting): ParsedPrefix {
  const colon = expression.indexOf(":");
  const namespace = expression.slice(0, colon);
  const value = expression.slice(colon + 1);
  if (colon < 1 || value === "" || expression.includes("!{")) return INVALID_EXPRESSION;
  switch (namespace) {
    case "timestamp": {
      const pattern = parseDatePattern(value);
      return pattern === undefined ? badValue(setting) : one({ kind: "timestamp", pattern });
    }
    case "firehose":
      if (value === "random-string") return one({ kind: "random-string" });
      if (value !== "error-output-type") return badValue(setting);
      return setting === "ErrorOutputPrefix"
        ? one({ kind: "error-output-type" })
        : invalid("Prefix must not contain any occurrence of !{firehose:error-output-type}");
    case "partitionKeyFromQuery":
    case "partitionKeyFromLambda":
      return setting === "Prefix"
        ? one({ kind: "partition-key", namespace, key: value })
        : invalid("Dynamic Partitioning Namespaces can't be part of an error prefix expression");
    default:
      return invalid(`Namespace to the left of colon (${namespace}) is an invalid keyword!`);
  }
}

/** The sentence Firehose refuses a pair of settings with; `undefined` when it takes them. */
export function prefixProblem(
  settings: {
    readonly prefix?: string | undefined;
    readonly errorOutputPrefix?: string | undefined;
  },
  nowMs: number,
  timeZone?: string,
): string | undefined {
  const prefix = parsePrefix(settings.prefix ?? "", "Prefix");
  if (prefix.kind === "invalid") return prefix.message;
  const errorPrefix = parsePrefix(settings.errorOutputPrefix ?? "", "ErrorOutputPrefix");
  if (errorPrefix.kind === "invalid") return errorPrefix.message;
  for (const [setting, { parts }] of [
    ["Prefix", prefix],
    ["ErrorOutputPrefix", errorPrefix],
  ] as const) {
    if (parts.some(hasRefusedLetter)) return badValue(setting).message;
  }
  if (!settings.errorOutputPrefix && hasExpression(prefix.parts)) {
    return "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions";
  }
  if (hasExpression(errorPrefix.parts) && !has(errorPrefix.parts, "error-output-type")) {
    return "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}";
  }
  const values: PrefixValues = {
    instantMs: nowMs,
    seed: "",
    errorOutputType: "processing-failed",
    ...(timeZone === undefined ? {} : { timeZone }),
  };
  const evaluated = [
    ["prefix", withDateFolders(prefix.parts)],
    ["ErrorOutputPrefix", errorPrefixParts(settings)],
  ] as const;
  for (const [name, parts] of evaluated) {
    const given = parts.filter(({ kind }) => kind !== "partition-key");
    const text = evaluatePrefix(given, values);
    // The default error prefix may be longer than one that is given.
    const isGiven = name === "prefix" || Boolean(settings.errorOutputPrefix);
    if (isGiven && text.length > PREFIX_EVALUATED_MAX_LENGTH) {
      return `Length of evaluated ${name} cannot be greater than ${PREFIX_EVALUATED_MAX_LENGTH}`;
    }
    // Ours: S3 would refuse every object, and the stream's records would wait for it until they expire.
    if (!text.isWellFormed()) return `The ${name} must be well-formed Unicode`;
    if (climbsOut(text)) return `The evaluated ${name} must not lead out of the bucket by ../`;
    const longest = evaluatePrefix(given, {
      ...values,
      errorOutputType: LONGEST_ERROR_OUTPUT_TYPE,
    });
    if (Buffer.byteLength(longest) > PREFIX_EVALUATED_MAX_BYTES) {
      return `The evaluated ${name} must be at most ${PREFIX_EVALUATED_MAX_BYTES} bytes long in UTF-8, so that its objects' keys fit S3's 1,024`;
    }
  }
  return undefined;
}

/**
 * Two letters of date patterns that Java knows Firehose refuses: `V`, a time zone's id, and `p`, which pads. Streams that
 * have them already keep them.
 */
function hasRefusedLetter(part: PrefixPart): boolean {
  return (
    part.kind === "timestamp" &&
    part.pattern.some(
      (item) => item.kind === "field" && (item.letter === "V" || item.padLength > 0),
    )
  );
}

/**
 * What delivered objects' names begin with. Without a timestamp expression the date is appended, and no slash
 * before it: `legacy` gives `legacy2026/07/13/14/`. With a partition key nothing is appended.
 */
export function prefixParts(prefix: string | undefined): readonly PrefixPart[] {
  return withDateFolders(partsOf(prefix, "Prefix"));
}

/**
 * What the names of failed records' objects begin with. An absent error prefix is `<prefix><error type>/` and the
 * date; so is a literal one, whose folder AWS does not document. One with expressions is taken as it is.
 */
export function errorPrefixParts(settings: {
  readonly prefix?: string | undefined;
  readonly errorOutputPrefix?: string | undefined;
}): readonly PrefixPart[] {
  const given = settings.errorOutputPrefix
    ? partsOf(settings.errorOutputPrefix, "ErrorOutputPrefix")
    : partsOf(settings.prefix, "Prefix");
  if (settings.errorOutputPrefix && hasExpression(given)) return given;
  return [...given, { kind: "error-output-type" }, { kind: "text", text: "/" }, DATE_FOLDERS];
}

/** @example evaluatePrefix(prefixParts("logs/"), { instantMs: 0, seed: "" }) // "logs/1970/01/01/00/" */
export function evaluatePrefix(parts: readonly PrefixPart[], values: PrefixValues): string {
  return parts
    .map((part, index) => {
      switch (part.kind) {
        case "text":
          return part.text;
        case "timestamp":
          return formatDate(part.pattern, values.instantMs, values.timeZone);
        case "random-string":
          return derivedUuid("random-string", values.seed, index).slice(0, RANDOM_STRING_LENGTH);
        case "error-output-type":
          return values.errorOutputType ?? "";
        case "partition-key":
          throw new Error(`no value for the partition key ${part.key}`);
      }
    })
    .join("");
}

function withDateFolders(parts: readonly PrefixPart[]): readonly PrefixPart[] {
  return has(parts, "timestamp") || has(parts, "partition-key") ? parts : [...parts, DATE_FOLDERS];
}

/** For settings that were checked before. */
function partsOf(text: string | undefined, setting: PrefixSetting): readonly PrefixPart[] {
  const parsed = parsePrefix(text ?? "", setting);
  if (parsed.kind === "invalid") throw new Error(`${setting} ${text}: ${parsed.message}`);
  return parsed.parts;
}

function has(parts: readonly PrefixPart[], kind: PrefixPart["kind"]): boolean {
  return parts.some((part) => part.kind === kind);
}

function hasExpression(parts: readonly PrefixPart[]): boolean {
  return parts.some((part) => part.kind !== "text");
}

function one(part: PrefixPart): ParsedPrefix {
  return { kind: "prefix", parts: [part] };
}

function invalid(message: string): Extract<ParsedPrefix, { readonly kind: "invalid" }> {
  return { kind: "invalid", message };
}

function badValue(setting: PrefixSetting): ReturnType<typeof invalid> {
  return invalid(`Invalid conversion character used in the value of the expression in ${setting}`);
}

/** S3 refuses keys that, read from the left, go up more often than down. */
export function climbsOut(prefix: string): boolean {
  let depth = 0;
  // What stands behind the last slash goes on with the stream's name.
  for (const folder of prefix.split("/").slice(0, -1)) {
    if (folder !== "" && folder !== ".") depth += folder === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
