/** Streams, mappings that feed them to a function which keeps a journal, and ways to wait for what it saw. */
import {
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { inject, onTestFinished } from "vitest";
import { call } from "../../../bin/hydrant/call.ts";
import { connectionFrom } from "../../../bin/hydrant/connection.ts";
import type { Told } from "../../fixtures/functions/journal.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type Invocation, type Journal, openJournal } from "../../helpers/journal.ts";
import { arnOf } from "../../conformance/kinesis/client.ts";

export interface Mapping {
  readonly UUID: string;
  readonly State: string;
  readonly FunctionArn: string;
  readonly LastProcessingResult: string;
}

export async function hydrant<Answer = Mapping>(
  operation: string,
  input: object,
  apiEndpoint = inject("apiEndpoint"),
): Promise<Answer> {
  return (await call(connectionFrom(apiEndpoint, {}), operation, input)) as Answer;
}

/** Feeds a stream to the journal, from its beginning unless told otherwise; the mapping is deleted when the test ends. */
export async function feed(
  streamName: string,
  members: object = {},
  apiEndpoint = inject("apiEndpoint"),
): Promise<{ readonly mapping: Mapping; readonly journal: Journal }> {
  const { FunctionName = "journal" } = members as { readonly FunctionName?: string };
  const input = {
    EventSourceArn: arnOf(streamName),
    FunctionName,
    StartingPosition: "TRIM_HORIZON",
    ...members,
  };
  const mapping = await hydrant("CreateEventSourceMapping", input, apiEndpoint);
  const journal = openJournal(streamName, FunctionName);
  onTestFinished(async () => {
    await hydrant("DeleteEventSourceMapping", { UUID: mapping.UUID }, apiEndpoint);
    journal.remove();
  });
  return { mapping, journal };
}

export async function untilState({ UUID }: Mapping, state: string): Promise<void> {
  await eventually(`the mapping is ${state}`, async () => {
    const { State } = await hydrant("GetEventSourceMapping", { UUID });
    return State === state || undefined;
  });
}

/** Waits until so many invocations have ended, and answers all of them. */
export function untilInvoked(journal: Journal, count: number): Promise<readonly Invocation[]> {
  return eventually(`the function has run ${count} times`, () => {
    const found = journal.invocations();
    const ended = found.filter(({ outcome }) => outcome !== undefined);
    return Promise.resolve(ended.length >= count ? found : undefined);
  });
}

/** Waits until a record with that text was handled, and answers all invocations. */
export function untilHandled(journal: Journal, text: string): Promise<readonly Invocation[]> {
  return eventually(`the function has handled ${text}`, () => {
    const found = journal.invocations();
    const isHandled = found.some(
      ({ texts, outcome }) => outcome === "returned" && texts.includes(text),
    );
    return Promise.resolve(isHandled ? found : undefined);
  });
}

export interface Put {
  readonly SequenceNumber: string;
  readonly ShardId: string;
}

/** In one call, under the key `a` unless they say otherwise. */
export async function put(
  client: KinesisClient,
  StreamName: string,
  records: readonly (string | Uint8Array | Partial<PutRecordsRequestEntry>)[],
): Promise<readonly Put[]> {
  const Records = records.map((record) =>
    typeof record === "string" || record instanceof Uint8Array
      ? { PartitionKey: "a", Data: Buffer.from(record) }
      : { PartitionKey: "a", Data: Buffer.from(""), ...record },
  );
  const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
  if (answer.FailedRecordCount !== 0) throw new Error("records were throttled");
  return answer.Records as readonly Put[];
}

/** The text of a record that tells the journal what to do; `n` tells it from others. */
export function telling(n: number, told: Told = {}): string {
  return JSON.stringify({ n, ...told });
}

/** `{"n":3}` → 3 */
export function numbersOf({ texts }: Pick<Invocation, "texts">): readonly number[] {
  return texts.map((text) => (JSON.parse(text) as { readonly n: number }).n);
}
