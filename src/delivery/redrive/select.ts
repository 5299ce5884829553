/** Which objects a redrive goes through: by where the stream's settings put failed records, and by their names. */
import { formatDate, parseDatePattern } from "../naming/date-pattern.ts";
import {
  type ErrorOutputType,
  errorPrefixParts,
  RECEIVER_ERROR_OUTPUT_TYPES,
  STAGE_ERROR_OUTPUT_TYPES,
} from "../naming/prefix.ts";
import type { ListedObject } from "./ports.ts";
import { type Redrive, REDRIVEN_PREFIX, type RedriveSelection } from "./redrive.ts";

export const ERROR_OUTPUT_TYPES: readonly ErrorOutputType[] = [
  ...STAGE_ERROR_OUTPUT_TYPES,
  ...RECEIVER_ERROR_OUTPUT_TYPES,
];

/** As far as they are the same for all objects of a kind: up to the first expression that is not. */
export function errorPrefixes(
  settings: {
    readonly prefix?: string | undefined;
    readonly errorOutputPrefix?: string | undefined;
    readonly receiver?: object | undefined;
  },
  {
    kinds = settings.receiver ? ERROR_OUTPUT_TYPES : STAGE_ERROR_OUTPUT_TYPES,
    prefix,
    keys,
  }: RedriveSelection,
): readonly string[] {
  if (keys !== undefined) return keys;
  if (prefix !== undefined) return [prefix];
  const prefixes = kinds.map((kind) => {
    let text = "";
    for (const part of errorPrefixParts(settings)) {
      if (part.kind === "text") text += part.text;
      else if (part.kind === "error-output-type") text += kind;
      else break;
    }
    return text;
  });
  const sorted = [...new Set(prefixes)].toSorted();
  // What is below another one is listed with it.
  return sorted.filter((text, i) => !sorted.slice(0, i).some((other) => text.startsWith(other)));
}

const NAME_TIME = parseDatePattern("yyyy-MM-dd-HH-mm-ss") ?? [];

/** Whether an object, found below one of its prefixes, is one of the stream's that the redrive is asked for, and stood when it began. */
export function isSelected(
  { streamName, selection, startedAtMs, timeZone }: Redrive,
  { key, modifiedAtMs }: ListedObject,
  prefix: string,
): boolean {
  const { kinds = ERROR_OUTPUT_TYPES, sinceMs, untilMs, keys } = selection;
  // What was moved there would be another object, and its records be delivered a second time.
  if (key.startsWith(REDRIVEN_PREFIX)) return false;
  const name = key.slice(key.lastIndexOf("/") + 1);
  const time = timeOf(name, streamName);
  // A bucket may hold what failed of streams that are others' to read.
  if (time === undefined) return false;
  if (keys !== undefined) return key === prefix;
  if (modifiedAtMs > startedAtMs) return false;
  if (!kinds.some((kind) => key.includes(kind))) return false;
  // Text of one width: it sorts as the times do.
  const at = (ms: number) => formatDate(NAME_TIME, ms, timeZone);
  return (
    (sinceMs === undefined || time >= at(sinceMs)) && (untilMs === undefined || time < at(untilMs))
  );
}

/** `access-logs-1-2026-07-13-14-05-06-00000000-…` → `2026-07-13-14-05-06`; `undefined`: it is not of that stream. */
function timeOf(name: string, streamName: string): string | undefined {
  const start = `${streamName}-`;
  if (!name.startsWith(start)) return undefined;
  return /^\d+-(\d{4}(?:-\d\d){5})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(
    name.slice(start.length),
  )?.[1];
}
