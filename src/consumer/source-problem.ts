/** That a mapping's stream is not there (any more), as its last result says it. */
import type { StreamStore } from "../streams/store.ts";
import type { DataStream } from "../streams/stream.ts";
import type { EventSourceMapping, LastResult } from "./mapping.ts";

type Source = Pick<EventSourceMapping, "eventSourceArn" | "streamName" | "streamGeneration">;

/** @param standing the stream that has the name now */
export function sourceProblem(
  { eventSourceArn, streamGeneration }: Source,
  standing: Pick<DataStream, "generation" | "status"> | undefined,
): Extract<LastResult, { kind: "problem" }> | undefined {
  const isThere = standing !== undefined && standing.status !== "DELETING";
  if (isThere && standing.generation === streamGeneration) return undefined;
  const message = isThere
    ? `PROBLEM: Stream was deleted and created anew: ${eventSourceArn}. The mapping belongs to the stream that was deleted: delete it and create it again`
    : `PROBLEM: Stream not found: ${eventSourceArn}`;
  return { kind: "problem", message };
}

export async function findSourceProblem(
  dataStreams: Pick<StreamStore, "get">,
  source: Source,
): Promise<ReturnType<typeof sourceProblem>> {
  return sourceProblem(source, await dataStreams.get(source.streamName));
}
