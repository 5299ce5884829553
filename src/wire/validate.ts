/**
 * Checks a decoded input against its shape's bounds and gathers everything wrong with it into one
 * ValidationException, in AWS's grammar:
 *
 *   2 validation errors detected: Value at 'records' failed to satisfy constraint: …; Value at …
 *
 * Lists, maps, structures and blobs are never shown. Texts and numbers are shown only where the service's
 * trait says so (Kinesis does; Firehose's newer front end does not), so by default no data reaches a message.
 */
import { serviceError, shown } from "../errors.ts";
import type { ServiceTraits } from "./operation.ts";
import type {
  MapShape,
  Members,
  NumberShape,
  Shape,
  StringShape,
  StructureShape,
} from "./shape.ts";

/** AWS lists no more than these and counts only what it lists. */
const VIOLATIONS_MAX_COUNT = 10;

interface Report {
  readonly violationValue: ServiceTraits["violationValue"];
  readonly entries: string[];
}

/**
 * Where a value stands: a member's name, or an entry's position or key. It is printed only when something is
 * wrong there; for 500 records the texts would take longer than the checks.
 */
interface Path {
  readonly parent: Path | undefined;
  readonly step: string | number;
  readonly isEntry: boolean;
}

/** `records.3.member.data` */
function printPath({ parent, step, isEntry }: Path): string {
  const position = typeof step === "number" ? step + 1 : step;
  const own = isEntry ? `${shown(`${position}`)}.member` : lowerFirst(String(step));
  return parent === undefined ? own : `${printPath(parent)}.${own}`;
}

/** Throws a ValidationException unless `input`, as the decoder made it, keeps every bound of `shape`. */
export function validate(
  shape: StructureShape,
  input: unknown,
  { violationValue }: Pick<ServiceTraits, "violationValue">,
): void {
  const report: Report = { violationValue, entries: [] };
  checkMembers(shape.members, input as Readonly<Record<string, unknown>>, undefined, report);
  if (report.entries.length === 0) return;
  const entries = report.entries.slice(0, VIOLATIONS_MAX_COUNT);
  const errors = entries.length === 1 ? "error" : "errors";
  throw serviceError(
    "ValidationException",
    `${entries.length} validation ${errors} detected: ${entries.join("; ")}`,
  );
}

function checkMembers(
  members: Members,
  input: Readonly<Record<string, unknown>>,
  parent: Path | undefined,
  report: Report,
): void {
  for (const name in members) {
    const shape = members[name]!;
    const value = input[name];
    if (value === undefined && !shape.required) continue;
    const path = { parent, step: name, isEntry: false };
    if (value === undefined) violate(report, path, value, NOT_NULL);
    else check(shape, value, path, report);
  }
}

/** An entry of a list or a map. The decoder leaves a null in its place, so that no list comes out shorter. */
function checkEntry(shape: Shape, value: unknown, path: Path, report: Report): void {
  if (value === undefined) violate(report, path, value, NOT_NULL);
  else check(shape, value, path, report);
}

function check(shape: Shape, value: unknown, path: Path, report: Report): void {
  switch (shape.kind) {
    case "string":
    case "integer":
    case "long":
    case "double":
      for (const constraint of brokenConstraints(shape, value)) {
        violate(report, path, value, constraint);
      }
      return;
    case "blob":
      return checkLength(shape, (value as Uint8Array).length, path, report);
    case "list": {
      const values = value as readonly unknown[];
      checkLength(shape, values.length, path, report);
      checkEntries(shape.member, values, path, report);
      return;
    }
    case "map": {
      const entries = value as Readonly<Record<string, unknown>>;
      checkLength(shape, Object.keys(entries).length, path, report);
      checkMap(shape, entries, path, report);
      return;
    }
    case "structure":
      return checkMembers(shape.members, value as Readonly<Record<string, unknown>>, path, report);
    case "boolean":
    case "timestamp":
      return;
  }
}

function checkEntries(member: Shape, values: readonly unknown[], path: Path, report: Report): void {
  // AWS names the list, once, and every constraint of its members.
  if (member.kind === "string" && values.some((value) => isBroken(member, value))) {
    violate(report, path, values, `Member must satisfy constraint: ${allConstraints(member)}`);
  }
  for (let index = 0; index < values.length; index++) {
    if (report.entries.length >= VIOLATIONS_MAX_COUNT) return;
    const value = values[index];
    if (member.kind === "string" && value !== undefined) continue;
    checkEntry(member, value, { parent: path, step: index, isEntry: true }, report);
  }
}

function checkMap(
  { key, value }: MapShape,
  entries: Readonly<Record<string, unknown>>,
  path: Path,
  report: Report,
): void {
  if (Object.keys(entries).some((name) => isBroken(key, name))) {
    violate(report, path, entries, `Map keys must satisfy constraint: ${allConstraints(key)}`);
  }
  if (value.kind === "string" && Object.values(entries).some((entry) => isBroken(value, entry))) {
    violate(report, path, entries, `Map value must satisfy constraint: ${allConstraints(value)}`);
  }
  for (const [name, entry] of Object.entries(entries)) {
    if (report.entries.length >= VIOLATIONS_MAX_COUNT) return;
    if (value.kind === "string" && entry !== undefined) continue;
    checkEntry(value, entry, { parent: path, step: name, isEntry: true }, report);
  }
}

/** Whether it is there and breaks a constraint. */
function isBroken(shape: StringShape, value: unknown): boolean {
  return value !== undefined && brokenConstraints(shape, value).length > 0;
}

function checkLength(
  shape: { readonly minLength?: number; readonly maxLength?: number },
  length: number,
  path: Path,
  report: Report,
): void {
  if (length > (shape.maxLength ?? Infinity)) {
    violate(report, path, undefined, lengthAtMost(shape.maxLength!));
  }
  if (length < (shape.minLength ?? 0)) {
    violate(report, path, undefined, lengthAtLeast(shape.minLength!));
  }
}

function violate(report: Report, path: Path, value: unknown, constraint: string): void {
  const printed = report.violationValue === "printed" ? printValue(value, constraint) : "";
  const at = printPath(path);
  report.entries.push(`Value ${printed}at '${at}' failed to satisfy constraint: ${constraint}`);
}

function printValue(value: unknown, constraint: string): string {
  if (typeof value === "string" || typeof value === "number") return `'${shown(`${value}`)}' `;
  return constraint === NOT_NULL ? "null " : "";
}

const NOT_NULL = "Member must not be null";
const NONE: readonly string[] = [];

/**
 * In AWS's order: pattern or enum before length. A pattern is tried on no text that is too long, for only its length
 * bounds what that may cost.
 */
function brokenConstraints(shape: StringShape | NumberShape, value: unknown): readonly string[] {
  if (shape.kind !== "string") {
    const number = value as number;
    if (number > (shape.max ?? Infinity)) return [valueAtMost(shape.max!)];
    if (number < (shape.fractionMin ?? shape.min ?? -Infinity)) return [valueAtLeast(shape.min!)];
    return NONE;
  }
  const text = value as string;
  const tooLong = text.length > (shape.maxLength ?? Infinity);
  const tooShort = text.length < (shape.minLength ?? 0);
  const unmatched = !tooLong && !matchesPattern(shape, text);
  const unlisted = shape.enum !== undefined && !shape.enum.includes(text);
  if (!(tooLong || tooShort || unmatched || unlisted)) return NONE;
  return [
    ...(unmatched ? [patternOf(shape)] : []),
    ...(unlisted ? [enumOf(shape)] : []),
    ...(tooLong ? [lengthAtMost(shape.maxLength!)] : []),
    ...(tooShort ? [lengthAtLeast(shape.minLength!)] : []),
  ];
}

function matchesPattern({ pattern, longestMatch = Infinity }: StringShape, text: string): boolean {
  return pattern === undefined || (text.length <= longestMatch && pattern.test(text));
}

/** `[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]` */
function allConstraints(shape: StringShape): string {
  const constraints = [
    ...(shape.maxLength === undefined ? [] : [lengthAtMost(shape.maxLength)]),
    ...(shape.minLength === undefined ? [] : [lengthAtLeast(shape.minLength)]),
    ...(shape.pattern === undefined ? [] : [patternOf(shape)]),
    ...(shape.enum === undefined ? [] : [enumOf(shape)]),
  ];
  return `[${constraints.join(", ")}]`;
}

const lengthAtMost = (max: number) => `Member must have length less than or equal to ${max}`;
const lengthAtLeast = (min: number) => `Member must have length greater than or equal to ${min}`;
const valueAtMost = (max: number) => `Member must have value less than or equal to ${max}`;
const valueAtLeast = (min: number) => `Member must have value greater than or equal to ${min}`;
const patternOf = (shape: StringShape) =>
  `Member must satisfy regular expression pattern: ${shape.printedPattern}`;
const enumOf = (shape: StringShape) =>
  `Member must satisfy enum value set: [${(shape.printedOrder ?? shape.enum)?.join(", ")}]`;

/** `DeliveryStreamName` → `deliveryStreamName`; `S3BackupMode` → `s3BackupMode`. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
