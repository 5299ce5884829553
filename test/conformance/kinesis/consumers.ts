/** Consumers for the tests of the operations on them. */
import { it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import type { OperationName } from "./callers/caller.ts";
import { ACCOUNT_ID, arnOf, notFoundText } from "./client.ts";
import type { Subject } from "./conformance.ts";
import { matching } from "./sentences.ts";
import { freshName, freshStream, sdk } from "./streams.ts";

export const A_CONSUMER_ARN = matching(
  String.raw`^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`,
);

/** Registers a consumer, and answers its ARN when it is ACTIVE. */
export async function freshConsumer(StreamName: string, ConsumerName = "app"): Promise<string> {
  const StreamARN = arnOf(StreamName);
  const { Consumer } = await sdk.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  const ConsumerARN = Consumer!.ConsumerARN!;
  await eventually("the consumer is ACTIVE", async () => {
    const { ConsumerDescription } = await sdk.call("DescribeStreamConsumer", { ConsumerARN });
    return ConsumerDescription?.ConsumerStatus === "ACTIVE" || undefined;
  });
  return ConsumerARN;
}

/** Of operations that name a consumer by its ARN, or by its stream and name. */
export function itFindsConsumers<Name extends OperationName>({ refuses }: Subject<Name>): void {
  it("finds no consumer where none is", async () => {
    const StreamARN = arnOf(await freshStream());
    const ConsumerARN = `${StreamARN}/consumer/app:1700000000`;
    await refuses(
      { ConsumerARN },
      "ResourceNotFoundException",
      `Consumer ${ConsumerARN}, account ${ACCOUNT_ID} not found.`,
    );
    await refuses(
      { StreamARN, ConsumerName: "app" },
      "ResourceNotFoundException",
      `Consumer app, account ${ACCOUNT_ID} not found.`,
    );
  });

  it("finds no consumer of a stream that is not there", async () => {
    const StreamName = freshName();
    await refuses(
      { StreamARN: arnOf(StreamName), ConsumerName: "app" },
      "ResourceNotFoundException",
      notFoundText(StreamName),
    );
  });

  it("wants a whole address, and one that agrees with itself", async () => {
    const StreamARN = arnOf("clicks");
    const incomplete = "Either ConsumerARN, or both StreamARN and ConsumerName must be provided.";
    await refuses({ StreamARN }, "InvalidArgumentException", incomplete);
    const ConsumerARN = `${StreamARN}/consumer/app:1700000000`;
    await refuses(
      { ConsumerARN, ConsumerName: "other" },
      "InvalidArgumentException",
      `ConsumerARN ${ConsumerARN} does not name the consumer that StreamARN and ConsumerName do.`,
    );
  });
}
