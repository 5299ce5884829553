import { expect, it } from "vitest";
import { arnOf, notFoundText } from "./client.ts";
import { conformance } from "./conformance.ts";
import {
  A_STREAM_ARN,
  atLeast,
  bad,
  missing,
  TEXT_FOR_INTEGER,
  TEXT_FOR_TIME,
} from "./sentences.ts";
import { freshName, freshStream, sdk, sharedStream } from "./streams.ts";

const StreamARN = arnOf("clicks");
const names = ["app-a", "app-b", "app-c"];
const lonely = sharedStream();

let made: Promise<string> | undefined;
async function make(): Promise<string> {
  const name = await freshStream();
  for (const ConsumerName of ["app-c", "app-a", "app-b"]) {
    await sdk.call("RegisterStreamConsumer", { StreamARN: arnOf(name), ConsumerName });
  }
  return name;
}
const withConsumers = () => (made ??= make());

conformance("ListStreamConsumers", {
  serialization: {
    "takes no text for a count": [{ StreamARN, MaxResults: "2" }, TEXT_FOR_INTEGER],
    "takes no text for a time": [{ StreamARN, StreamCreationTimestamp: "now" }, TEXT_FOR_TIME],
  },
  validation: {
    "wants an ARN": [{}, missing("streamARN")],
    "checks the ARN, and bounds the page": [
      { StreamARN: "clicks", MaxResults: 0 },
      bad("streamARN", "clicks", A_STREAM_ARN),
      bad("maxResults", 0, atLeast(1)),
    ],
  },
  behaviour({ call, refuses }) {
    it("finds no stream where none is", async () => {
      const name = freshName();
      await refuses({ StreamARN: arnOf(name) }, "ResourceNotFoundException", notFoundText(name));
    });

    it("lists nothing of a stream without consumers", async () => {
      expect(await call({ StreamARN: arnOf(await lonely()) })).toEqual({ Consumers: [] });
    });

    it("lists consumers by name, in pages", async () => {
      const address = { StreamARN: arnOf(await withConsumers()) };
      const first = await call({ ...address, MaxResults: 2 });
      expect(first.Consumers!.map(({ ConsumerName }) => ConsumerName)).toEqual(names.slice(0, 2));
      const { NextToken } = first;
      const second = await call({ ...address, MaxResults: 2, NextToken });
      expect(second).toEqual({
        Consumers: [
          {
            ConsumerName: "app-c",
            ConsumerARN: expect.stringContaining("/consumer/app-c:") as string,
            ConsumerStatus: expect.stringMatching(/^(CREATING|ACTIVE)$/) as string,
            ConsumerCreationTimestamp: expect.any(Date) as Date,
          },
        ],
      });
    });

    it("compares the time at which the stream was made", async () => {
      const StreamName = await lonely();
      const { StreamDescription } = await sdk.call("DescribeStream", { StreamName });
      const { StreamCreationTimestamp } = StreamDescription!;
      const address = { StreamARN: arnOf(StreamName) };
      expect(await call({ ...address, StreamCreationTimestamp })).toEqual({ Consumers: [] });
      await refuses(
        { ...address, StreamCreationTimestamp: new Date(0) },
        "ResourceNotFoundException",
        notFoundText(StreamName),
      );
      await refuses(
        { ...address, StreamCreationTimestamp, NextToken: "x" },
        "InvalidArgumentException",
        "NextToken and StreamCreationTimestamp cannot be provided together.",
      );
      await refuses(
        { ...address, NextToken: "x" },
        "InvalidArgumentException",
        "NextToken is invalid.",
      );
    });
  },
});
