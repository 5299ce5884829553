import { expect, it } from "vitest";
import { extractMessages } from "../../../../src/delivery/stages/cloudwatch-logs.ts";
import { passing, texts } from "./passing.ts";

const envelope = (members: object) =>
  JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/lambda/orders",
    logStream: "2026/07/13/[$LATEST]0b7d",
    subscriptionFilters: ["everything"],
    logEvents: [],
    ...members,
  });

const event = (message: unknown) => ({ id: "3195", timestamp: 1_432_826_855_000, message });

it("delivers the messages alone, one on a line", () => {
  const logEvents = [event('{"a":1}'), event("grüße\n"), event("")];
  expect(texts(extractMessages(passing(envelope({ logEvents }))))).toEqual(['{"a":1}\ngrüße\n\n']);
});

it("makes an empty record of the message that tries a subscription", () => {
  const logEvents = [event("CWL CONTROL MESSAGE: Checking health of destination Firehose.")];
  const control = envelope({ messageType: "CONTROL_MESSAGE", logEvents });
  expect(texts(extractMessages(passing(control)))).toEqual([""]);
});

it.each([
  "",
  "no JSON",
  "null",
  "[]",
  '{"a":1}',
  envelope({ messageType: "OTHER" }),
  envelope({ logEvents: {} }),
  envelope({ logEvents: [event("a"), {}] }),
  envelope({ logEvents: [event(1)] }),
  envelope({ logEvents: [null] }),
])("fails %s", (data) => {
  expect(extractMessages(passing(data))).toEqual([
    {
      kind: "failed",
      record: passing(data).record,
      errorCode: "CloudWatchLogProcessing.InvalidRecord",
      errorMessage: "The record is not a message of CloudWatch Logs",
      errorOutputType: "processing-failed",
    },
  ]);
});

it("fails what is no UTF-8 rather than change it", () => {
  const data = Buffer.from(envelope({ logEvents: [event("a?b")] }));
  data[data.indexOf("?")] = 0xff;
  expect(texts(extractMessages(passing(data)))).toEqual(["failed"]);
});
