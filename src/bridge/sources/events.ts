/**
 * Rules of EventBridge: the event, as it puts it into a stream that is a rule's target, under the partition key that it takes
 * where none is asked for. What an input path or a transformer makes of it is not known by it, and is stored as it comes.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
import type { EventBridgeEvent } from "aws-lambda";
import type { Sequence } from "../brought.ts";
import { partitionKeyOf } from "../partition-key.ts";
import { members, type Source } from "./source.ts";

export const events = {
  matches(event) {
    const { id, source, detail, "detail-type": type } = members(event);
    return [id, source, type].every((text) => typeof text === "string") && detail !== undefined;
  },
  decode: (event: EventBridgeEvent<string, unknown>): readonly Sequence[] => [
    {
      items: [
        {
          // Two rules may match one event; the id alone is their names' for it.
          id: `events/${event.account}/${event.region}/${event.id}`,
          data: Buffer.from(JSON.stringify(event)),
          partitionKey: () => partitionKeyOf(event.id),
        },
      ],
      isBatch: false,
    },
  ],
} satisfies Source;
