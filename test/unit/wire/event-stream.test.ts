import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { serviceError } from "../../../src/errors.ts";
import {
  encodeEvents,
  encodeMessage,
  EventStream,
  type StreamEnd,
} from "../../../src/wire/event-stream.ts";

/** Kinesis's own first message, 114 bytes. */
const INITIAL_RESPONSE =
  "0000007200000060ab820d9e0b3a6576656e742d74797065070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b7dacae6b7d";

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

function parse(message: Uint8Array): Message {
  const bytes = Buffer.from(message);
  expect(bytes.readUInt32BE(0)).toBe(bytes.length);
  expect(bytes.readUInt32BE(8)).toBe(crc32(bytes.subarray(0, 8)));
  expect(bytes.readUInt32BE(bytes.length - 4)).toBe(crc32(bytes.subarray(0, -4)));
  const headers: [string, string][] = [];
  const headersEnd = 12 + bytes.readUInt32BE(4);
  for (let at = 12; at < headersEnd;) {
    const nameEnd = at + 1 + bytes[at]!;
    const name = bytes.toString("utf8", at + 1, nameEnd);
    expect(bytes[nameEnd]).toBe(7);
    at = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers.push([name, bytes.toString("utf8", nameEnd + 3, at)]);
  }
  return {
    headers: Object.fromEntries(headers),
    payload: bytes.toString("utf8", headersEnd, bytes.length - 4),
  };
}

async function messagesOf(events: AsyncIterable<object>) {
  const ends: StreamEnd[] = [];
  const messages: Uint8Array[] = [];
  const stream = new EventStream("SubscribeToShardEvent", events);
  for await (const message of encodeEvents(stream, (end) => ends.push(end))) messages.push(message);
  return { messages, ends };
}

async function* from(events: readonly object[], thrown?: Error) {
  yield* events;
  if (thrown) throw thrown;
}

it("opens with the initial response, byte for byte as Kinesis does", async () => {
  const { messages, ends } = await messagesOf(from([]));
  expect(messages.map((message) => Buffer.from(message).toString("hex"))).toEqual([
    INITIAL_RESPONSE,
  ]);
  expect(ends).toEqual([{}]);
});

it("carries each event as JSON, bytes in base64 and times in seconds", async () => {
  const record = { Data: Buffer.from("hi"), ApproximateArrivalTimestamp: new Date(1500) };
  const { messages } = await messagesOf(from([{ Records: [record] }]));
  expect(parse(messages[1]!)).toEqual({
    headers: {
      ":event-type": "SubscribeToShardEvent",
      ":content-type": "application/x-amz-json-1.1",
      ":message-type": "event",
    },
    payload: '{"Records":[{"Data":"aGk=","ApproximateArrivalTimestamp":1.5}]}',
  });
});

it("ends with an exception that says what was thrown, if the caller may know", async () => {
  const thrown = serviceError("ResourceInUseException", "taken over");
  const { messages, ends } = await messagesOf(from([{}], thrown));
  expect(messages).toHaveLength(3);
  expect(parse(messages[2]!)).toEqual({
    headers: {
      ":exception-type": "ResourceInUseException",
      ":content-type": "application/x-amz-json-1.1",
      ":message-type": "exception",
    },
    payload: '{"message":"taken over"}',
  });
  expect(ends).toEqual([{ error: "ResourceInUseException" }]);
});

it("keeps what else was thrown to itself", async () => {
  const thrown = new Error("secret detail");
  const { messages, ends } = await messagesOf(from([], thrown));
  const { headers, payload } = parse(messages[1]!);
  expect(headers[":exception-type"]).toBe("InternalFailureException");
  expect(payload).not.toContain("secret");
  expect(ends).toEqual([{ error: "InternalFailureException", failure: thrown }]);
});

it("tells of the end when the reader goes, and lets the events clean up", async () => {
  let isCleanedUp = false;
  async function* endless() {
    try {
      for (;;) yield {};
    } finally {
      isCleanedUp = true;
    }
  }
  const ends: StreamEnd[] = [];
  const messages = encodeEvents(new EventStream("E", endless()), (end) => ends.push(end));
  await messages.next();
  await messages.next();
  await messages.return(undefined);
  expect({ isCleanedUp, ends }).toEqual({ isCleanedUp: true, ends: [{}] });
});

it("frames any headers and payload so that they come back", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.string({ unit: "grapheme" })), { maxLength: 5 }),
      fc.string({ unit: "grapheme" }),
      (entries, payload) => {
        const headers = Object.fromEntries(entries);
        expect(parse(encodeMessage(headers, payload))).toEqual({ headers, payload });
      },
    ),
  );
});
