/** What the two pairs of operations that set and remove tags share. */
import { shownStatus } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import type { StreamAddress } from "./find-stream.ts";
import { streamNotActive } from "./refusals.ts";
import { checkTags, checkTagTexts } from "./tags.ts";

export async function addTags(
  address: StreamAddress,
  tags: Readonly<Record<string, string>>,
  context: DataStreamContext,
): Promise<void> {
  const { accountId } = context;
  await changeStream(address, context, (stream) => {
    refuseAtTheEnds(stream, context);
    const { name } = stream;
    checkTags(tags, { name, accountId, standing: stream.tags, verb: "add" });
    return { ...stream, tags: { ...stream.tags, ...tags } };
  });
}

export async function removeTags(
  address: StreamAddress,
  keys: readonly string[],
  context: DataStreamContext,
): Promise<void> {
  const { accountId } = context;
  await changeStream(address, context, (stream) => {
    refuseAtTheEnds(stream, context);
    const { name } = stream;
    checkTagTexts(keys, { name, accountId, standing: stream.tags, verb: "remove" });
    const kept = Object.entries(stream.tags).filter(([key]) => !keys.includes(key));
    return { ...stream, tags: Object.fromEntries(kept) };
  });
}

/** Tags may change while other things of the stream do. */
function refuseAtTheEnds(stream: DataStream, { accountId, clock }: DataStreamContext): void {
  const status = shownStatus(stream, clock.now());
  if (status === "CREATING" || status === "DELETING") {
    throw streamNotActive(stream.name, accountId, status);
  }
}
