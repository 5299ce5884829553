import { expect, it } from "vitest";
import { underAccount } from "./addressed.ts";
import { arnOf, notFoundText } from "./client.ts";
import { conformance } from "./conformance.ts";
import {
  A_NAME,
  A_STREAM_ARN,
  bad,
  LIST_FOR_SCALAR,
  MAP_WANTED,
  missing,
  NUMBER_FOR_TEXT,
} from "./sentences.ts";
import { freshName, freshStream, sdk, summaryOf } from "./streams.ts";

const StreamARN = arnOf("clicks");
const ConsumerName = "app";

conformance("RegisterStreamConsumer", {
  serialization: {
    "takes no number for a name": [{ StreamARN, ConsumerName: 5 }, NUMBER_FOR_TEXT],
    "takes no list for an ARN": [{ StreamARN: [], ConsumerName }, LIST_FOR_SCALAR],
    "takes no text for tags": [{ StreamARN, ConsumerName, Tags: "a=1" }, MAP_WANTED],
  },
  validation: {
    "wants an ARN and a name": [{}, missing("streamARN"), missing("consumerName")],
    "checks both": [
      { StreamARN: "clicks", ConsumerName: "a b" },
      bad("streamARN", "clicks", A_STREAM_ARN),
      bad("consumerName", "a b", A_NAME),
    ],
  },
  behaviour({ call, refuses }) {
    it("finds no stream where none is", async () => {
      const name = freshName();
      await refuses(
        { StreamARN: arnOf(name), ConsumerName },
        "ResourceNotFoundException",
        notFoundText(name),
      );
    });

    it("answers a consumer that is CREATING, with its time in its ARN", async () => {
      const name = await freshStream();
      const { Consumer } = await call({ StreamARN: arnOf(name), ConsumerName });
      const createdAt = Consumer!.ConsumerCreationTimestamp!;
      expect(createdAt).toBeInstanceOf(Date);
      const seconds = Math.floor(createdAt.getTime() / 1000);
      expect(Consumer).toEqual({
        ConsumerName,
        ConsumerStatus: "CREATING",
        ConsumerARN: `${arnOf(name)}/consumer/${ConsumerName}:${seconds}`,
        ConsumerCreationTimestamp: createdAt,
      });
      expect(await summaryOf(name)).toMatchObject({ ConsumerCount: 1 });
    });

    it("takes a name once for each stream", async () => {
      const name = await freshStream();
      const input = { StreamARN: arnOf(name), ConsumerName };
      await sdk.call("RegisterStreamConsumer", input);
      await refuses(
        input,
        "ResourceInUseException",
        `Consumer app of ${underAccount(name)} already exists.`,
      );
    });
  },
});
