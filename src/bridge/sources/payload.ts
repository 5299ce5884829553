/**
 * What a service hands on without a frame of its own: the payloads of IoT rules, and what EventBridge's rules make of events.
 * https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
 */
import type { Sequence } from "../brought.ts";
import type { Source } from "./source.ts";

export const payload = {
  matches: () => true,
  decode: (event: unknown, { requestId }): readonly Sequence[] => {
    const text = typeof event === "string" ? event : JSON.stringify(event);
    // It has no name; what Lambda repeats has the same request's.
    const item = {
      id: `payload/${requestId}`,
      data: Buffer.from(text),
      partitionKey: () => requestId,
    };
    return [{ items: [item], isBatch: false }];
  },
} satisfies Source;
