/** What `--help` says of a command's options: read off the operation's shape, but for what each one means. */
import type { Members, Shape } from "../../src/wire/shape.ts";
import { optionName } from "./options.ts";

interface Note {
  readonly about: string;
  /** What holds for a new mapping without it. */
  readonly otherwise?: string;
}

export const NOTES: Readonly<Record<string, Note>> = {
  UUID: { about: "the mapping, as create and list show it" },
  EventSourceArn: { about: "the data stream, or a consumer registered with it" },
  FunctionName: { about: "the function's name or ARN" },
  StartingPosition: { about: "where it begins in the stream" },
  StartingPositionTimestamp: {
    about: "with AT_TIMESTAMP: seconds since 1970, or 2026-11-22T08:00:00Z",
  },
  Enabled: { about: "whether the function is fed", otherwise: "true" },
  BatchSize: { about: "records of one invocation at most", otherwise: "100" },
  FilterCriteria: {
    about: 'records to feed: {"Filters":[{"Pattern":"{\\"data\\":{\\"level\\":[\\"ERROR\\"]}}"}]}',
    otherwise: "all",
  },
  MaximumBatchingWindowInSeconds: { about: "how long a batch may wait to be full", otherwise: "0" },
  ParallelizationFactor: {
    about: "lanes per shard; those of different partition keys are fed side by side",
    otherwise: "1",
  },
  DestinationConfig: {
    about: 'queue or bucket told of what was given up: {"OnFailure":{"Destination":"ARN"}}',
    otherwise: "none",
  },
  MaximumRecordAgeInSeconds: {
    about: "records older than this are given up: 60 or more, or -1 for never",
    otherwise: "-1",
  },
  BisectBatchOnFunctionError: {
    about: "whether a failed batch is tried again in halves",
    otherwise: "false",
  },
  MaximumRetryAttempts: {
    about: "before a batch is given up; -1 until its records expire",
    otherwise: "-1",
  },
  TumblingWindowInSeconds: {
    about: "windows that carry a state along; 0 for none",
    otherwise: "0",
  },
  FunctionResponseTypes: {
    about: "whether the function's answer names the records that failed",
    otherwise: "no",
  },
  Deaggregate: {
    about: "whether aggregates of the Kinesis Producer Library are taken apart",
    otherwise: "false",
  },
};

/**
 * One line an option: its name, what it takes, its meaning, its bounds, and what holds without it; where the mapping
 * stands already, that is what it has.
 */
export function describeOptions(members: Members, otherwise: "default" | "unchanged"): string {
  const rows = [
    ...Object.entries(members).map(([name, shape]) => [
      `--${nameOf(name, shape)}${placeholder(shape)}`,
      describe(NOTES[name], shape, otherwise, shape.required ?? false),
    ]),
    ["--endpoint-url URL", "where Hydrant is called"],
  ];
  const width = Math.max(...rows.map(([option]) => option!.length));
  return rows.map(([option, note]) => `  ${option!.padEnd(width)}  ${note}`).join("\n");
}

function describe(
  note: Note | undefined,
  shape: Shape,
  otherwise: "default" | "unchanged",
  isRequired: boolean,
): string {
  const without = note?.otherwise === undefined ? "" : `${note.otherwise} unless given`;
  const rest = isRequired ? "required" : otherwise === "default" ? without : "";
  return [note?.about, bounds(shape), rest].filter(Boolean).join("; ");
}

function nameOf(name: string, { kind }: Shape): string {
  return kind === "boolean" ? `[no-]${optionName(name)}` : optionName(name);
}

function placeholder(shape: Shape): string {
  switch (shape.kind) {
    case "boolean":
      return "";
    case "integer":
    case "long":
    case "double":
      return " NUMBER";
    case "timestamp":
      return " TIME";
    case "string":
      return shape.enum ? ` ${shape.enum.join("|")}` : " TEXT";
    case "list":
      return placeholder(shape.member);
    default:
      return " JSON";
  }
}

function bounds(shape: Shape): string {
  if (!("min" in shape) && !("max" in shape)) return "";
  return `${shape.min ?? ""}..${shape.max ?? ""}`;
}
