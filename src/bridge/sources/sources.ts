/** The sources that a bridge may be fed by, by the names that its configuration has for them. */
import { dynamodb } from "./dynamodb.ts";
import { events } from "./events.ts";
import { kafka } from "./kafka.ts";
import { kinesis } from "./kinesis.ts";
import { logs } from "./logs.ts";
import { payload } from "./payload.ts";
import { s3 } from "./s3.ts";
import { sns } from "./sns.ts";
import type { Source } from "./source.ts";
import { sqs } from "./sqs.ts";

/** In this order they are asked. The last takes whatever comes, and so do rules whose events are made over. */
const SOURCES = {
  sqs,
  sns,
  s3,
  kinesis,
  dynamodb,
  kafka,
  logs,
  events,
  iot: payload,
} as const satisfies Record<string, Source>;

export type SourceKind = keyof typeof SOURCES;

export const SOURCE_KINDS = Object.keys(SOURCES) as readonly SourceKind[];

export interface FoundSource extends Pick<Source, "decode"> {
  readonly kind: SourceKind;
}

/**
 * Whose an event is. Only those are asked that the bridge has: what a device sends is never taken for a queue's message
 * where no queue feeds the bridge. `undefined`: nobody's.
 */
export function sourceOf(event: unknown, kinds: ReadonlySet<SourceKind>): FoundSource | undefined {
  for (const kind of SOURCE_KINDS) {
    const { matches, decode }: Source = SOURCES[kind];
    if (kinds.has(kind) && matches(event)) return { kind, decode };
  }
  return kinds.has("events") ? { kind: "events", decode: payload.decode } : undefined;
}
