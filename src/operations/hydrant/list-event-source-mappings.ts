/** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import { LIST_MAPPINGS_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer, string } from "../../wire/shape.ts";
import type { MappingContext } from "../context.ts";
import { describeMapping } from "./describe-mapping.ts";
import { eventSourceArn } from "./event-source.ts";
import { functionArnOf, functionName } from "./function-name.ts";

export const listEventSourceMappings = operation({
  input: {
    EventSourceArn: eventSourceArn,
    FunctionName: functionName,
    /** The last mapping of the page before. */
    Marker: string({ minLength: 1, maxLength: 128 }),
    MaxItems: integer({ min: 1, max: 10_000 }),
  },
  async handle(request, context: MappingContext) {
    const { EventSourceArn, FunctionName, Marker, MaxItems = LIST_MAPPINGS_MAX_COUNT } = request;
    const functionArn = FunctionName && functionArnOf(FunctionName, context);
    const limit = Math.min(MaxItems, LIST_MAPPINGS_MAX_COUNT);
    const isWanted = (mapping: EventSourceMapping) =>
      (EventSourceArn === undefined || mapping.eventSourceArn === EventSourceArn) &&
      (functionArn === undefined || mapping.functionArn === functionArn);
    // One more than is shown, to know whether there is another page.
    const found = await search(context, isWanted, { after: Marker, limit: limit + 1 });
    const page = found.slice(0, limit);
    return {
      EventSourceMappings: await Promise.all(page.map((one) => describeMapping(one, context))),
      ...(found.length > limit && { NextMarker: page.at(-1)!.uuid }),
    };
  },
});

async function search(
  { mappings }: MappingContext,
  isWanted: (mapping: EventSourceMapping) => boolean,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly EventSourceMapping[]> {
  const found: EventSourceMapping[] = [];
  let last = after;
  for (;;) {
    const page = await mappings.list({ ...(last !== undefined && { after: last }), limit });
    found.push(...page.filter(isWanted));
    if (page.length < limit || found.length >= limit) return found.slice(0, limit);
    last = page.at(-1)!.uuid;
  }
}
