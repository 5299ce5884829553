/** What the two pairs of operations that set and remove tags share. */
import { shownStatus } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { streamNotActive } from "./refusals.ts";
import { changeResource, type ResourceAddress } from "./resource.ts";
import { checkTags, checkTagTexts } from "./tags.ts";

export async function addTags(
  address: ResourceAddress,
  added: Readonly<Record<string, string>>,
  context: DataStreamContext,
): Promise<void> {
  const { accountId } = context;
  await changeResource(address, context, ({ tags, ...rest }, { stream }) => {
    refuseAtTheEnds(stream, context);
    checkTags(added, { name: stream.name, accountId, standing: tags, verb: "add" });
    return { ...rest, tags: { ...tags, ...added } };
  });
}

export async function removeTags(
  address: ResourceAddress,
  keys: readonly string[],
  context: DataStreamContext,
): Promise<void> {
  const { accountId } = context;
  await changeResource(address, context, ({ tags, ...rest }, { stream }) => {
    refuseAtTheEnds(stream, context);
    checkTagTexts(keys, { name: stream.name, accountId, standing: tags, verb: "remove" });
    const kept = Object.entries(tags).filter(([key]) => !keys.includes(key));
    return { ...rest, tags: Object.fromEntries(kept) };
  });
}

/** Tags may change while other things of the stream do. */
function refuseAtTheEnds(stream: DataStream, { accountId, clock }: DataStreamContext): void {
  const status = shownStatus(stream, clock.now());
  if (status === "CREATING" || status === "DELETING") {
    throw streamNotActive(stream.name, accountId, status);
  }
}
