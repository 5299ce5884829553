/** What is the same of every operation that names a stream, and of those that wait until it is at rest. */
import { expect, it } from "vitest";
import type { OperationName } from "./callers/caller.ts";
import { ACCOUNT_ID, arnOf, notFoundText } from "./client.ts";
import type { Subject } from "./conformance.ts";
import { freshName, freshStream, notActiveText, refusedWhileUpdating } from "./streams.ts";
import { REGION } from "../target.ts";

/** `members`: what the operation needs beside the stream. */
export function itFindsStreams<Name extends OperationName>(
  { refuses, itKnowing }: Subject<Name>,
  members: object = {},
): void {
  it("finds nothing where nothing is", async () => {
    const StreamName = freshName();
    await refuses(
      { StreamName, ...members },
      "ResourceNotFoundException",
      notFoundText(StreamName),
    );
  });

  itKnowing(["StreamARN"], "says the name when it finds nothing by an ARN", async () => {
    const StreamName = freshName();
    await refuses(
      { StreamARN: arnOf(StreamName), ...members },
      "ResourceNotFoundException",
      notFoundText(StreamName),
    );
  });
}

/** The same of operations that take an ARN of any resource. */
export function itFindsResources<Name extends OperationName>(
  { refuses }: Subject<Name>,
  members: object = {},
): void {
  it("finds nothing where nothing is", async () => {
    const StreamName = freshName();
    await refuses(
      { ResourceARN: arnOf(StreamName), ...members },
      "ResourceNotFoundException",
      notFoundText(StreamName),
    );
  });

  it("does not find what other accounts have", async () => {
    await refuses(
      { ResourceARN: `arn:aws:kinesis:${REGION}:111111111111:stream/clicks`, ...members },
      "ResourceNotFoundException",
      "Stream clicks under account 111111111111 not found.",
    );
  });

  it("finds no consumer where none is", async () => {
    const ResourceARN = `${arnOf(await freshStream())}/consumer/app:1700000000`;
    await refuses(
      { ResourceARN, ...members },
      "ResourceNotFoundException",
      `Consumer ${ResourceARN}, account ${ACCOUNT_ID} not found.`,
    );
  });
}

/** `input`: of the operation, for a stream of this name; it may succeed as often as it likes. */
export function itWaitsForItsTurn<Name extends OperationName>(
  { call }: Subject<Name>,
  input: (StreamName: string) => object,
): void {
  it("is refused while the stream is UPDATING", async () => {
    const StreamName = await freshStream();
    const attempt = () => call(input(StreamName));
    expect(await refusedWhileUpdating(StreamName, attempt)).toBe(notActiveText(StreamName));
  });
}

export const underAccount = (StreamName: string) =>
  `stream ${StreamName} under account ${ACCOUNT_ID}`;
