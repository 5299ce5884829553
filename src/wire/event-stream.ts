/**
 * Answers that are a stream of events: binary messages, each guarded by two checksums, one for its lengths and one
 * for all of it. Whatever a call was encoded in, the payloads are JSON; Kinesis does the same.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 *
 *     4 total length │ 4 header length │ 4 CRC of the two │ headers │ payload │ 4 CRC of all before
 *     header: 1 name length │ name │ 1 type, 7 for text │ 2 value length │ value
 */
import { crc32 } from "node:zlib";
import { type ErrorName, ServiceError } from "../errors.ts";
import { JSON_1_1 } from "./codec.ts";
import { encodeJson } from "./json.ts";

export const EVENT_STREAM = "application/vnd.amazon.eventstream";

/** What an operation's handler answers in place of an output. */
export class EventStream {
  /** As the model names the events' member: `SubscribeToShardEvent`. */
  readonly eventType: string;
  readonly events: AsyncIterable<object>;
  /** Gives back what the events hold; called once in any case, be none of them read. */
  readonly release: () => Promise<void>;

  constructor(
    eventType: string,
    events: AsyncIterable<object>,
    release: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.eventType = eventType;
    this.events = events;
    this.release = release;
  }
}

const LENGTHS_BYTES = 8;
const CRC_BYTES = 4;
const TEXT_TYPE = 7;

export function encodeMessage(
  headers: Readonly<Record<string, string>>,
  payload: Uint8Array | string,
): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(encodeHeader));
  const body = Buffer.from(payload);
  const headEnd = LENGTHS_BYTES + CRC_BYTES + head.length;
  const message = Buffer.alloc(headEnd + body.length + CRC_BYTES);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, LENGTHS_BYTES)), LENGTHS_BYTES);
  message.set(head, LENGTHS_BYTES + CRC_BYTES);
  message.set(body, headEnd);
  const end = message.length - CRC_BYTES;
  message.writeUInt32BE(crc32(message.subarray(0, end)), end);
  return message;
}

function encodeHeader([name, value]: readonly [string, string]): Uint8Array {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const between = Buffer.alloc(3);
  between.writeUInt8(TEXT_TYPE, 0);
  between.writeUInt16BE(valueBytes.length, 1);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, between, valueBytes]);
}

function eventMessage(eventType: string, payload: object): Uint8Array {
  return encodeMessage(
    { ":event-type": eventType, ":content-type": JSON_1_1, ":message-type": "event" },
    encodeJson(payload),
  );
}

function exceptionMessage(name: string, message: string): Uint8Array {
  return encodeMessage(
    { ":exception-type": name, ":content-type": JSON_1_1, ":message-type": "exception" },
    encodeJson({ message }),
  );
}

/** How a stream of events ended: `error` is what the client was told, `failure` what was not meant for it. */
export interface StreamEnd {
  readonly error?: ErrorName;
  readonly failure?: unknown;
}

/**
 * The messages of a stream: the empty initial response, the events, and an exception if they ended with one.
 * `ended` is called once, also when whoever reads them goes.
 */
export async function* encodeEvents(
  { eventType, events, release }: EventStream,
  ended: (end: StreamEnd) => void,
): AsyncGenerator<Uint8Array> {
  let end: StreamEnd = {};
  try {
    yield eventMessage("initial-response", {});
    for await (const event of events) yield eventMessage(eventType, event);
  } catch (thrown) {
    if (thrown instanceof ServiceError) {
      end = { error: thrown.name };
      yield exceptionMessage(thrown.name, thrown.message);
    } else {
      end = { error: "InternalFailureException", failure: thrown };
      yield exceptionMessage(
        "InternalFailureException",
        "The request processing has failed because of an internal error.",
      );
    }
  } finally {
    try {
      await release();
    } catch (failure) {
      end = { ...end, failure };
    }
    ended(end);
  }
}
