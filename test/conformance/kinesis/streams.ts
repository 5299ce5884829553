/** Streams for tests that run at the same time: made through the SDK, and deleted when the file is done. */
import { randomUUID } from "node:crypto";
import { afterAll, inject } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { CallRefused } from "../clients/installed-client.ts";
import { javascriptCaller } from "./callers/javascript.ts";
import { ACCOUNT_ID, arnOf } from "./client.ts";

/** For whatever a test does beside the call that it is about. */
export const sdk = javascriptCaller(inject("apiEndpoint"));

const names = new Set<string>();

/** A name that nobody else uses; whatever stream bears it is deleted in the end. */
export function freshName(): string {
  const name = `stream-${randomUUID()}`;
  names.add(name);
  return name;
}

/** Makes a stream of one shard, or as `members` say, and answers its name when it is ACTIVE. */
export async function freshStream(members: object = { ShardCount: 1 }): Promise<string> {
  const StreamName = freshName();
  await sdk.call("CreateStream", { StreamName, ...members });
  await untilActive(StreamName);
  return StreamName;
}

/** One stream for all tests of a file that do not change it, made when the first one asks. */
export function sharedStream(members?: object): () => Promise<string> {
  let stream: Promise<string> | undefined;
  return () => (stream ??= freshStream(members));
}

export async function untilActive(StreamName: string): Promise<void> {
  await eventually(`${StreamName} is ACTIVE`, async () =>
    (await summaryOf(StreamName)).StreamStatus === "ACTIVE" ? true : undefined,
  );
}

export async function summaryOf(StreamName: string) {
  const { StreamDescriptionSummary } = await sdk.call("DescribeStreamSummary", { StreamName });
  return StreamDescriptionSummary!;
}

/**
 * Makes `attempt` again and again while the stream changes all the time, until it is refused for that: one change
 * shows as UPDATING for a moment only, which one attempt may miss. Answers the refusal's sentence.
 */
export async function refusedWhileUpdating(
  StreamName: string,
  attempt: () => Promise<unknown>,
): Promise<string> {
  const done = new AbortController();
  const keepChanging = async () => {
    while (!done.signal.aborted) {
      // Refused when the attempt was faster and changes the stream itself.
      await refusalOf(
        sdk.call("UpdateMaxRecordSize", { StreamARN: arnOf(StreamName), MaxRecordSizeInKiB: 2048 }),
      );
      await untilActive(StreamName);
    }
  };
  const tryUntilRefused = () =>
    eventually("the attempt is refused", async () => {
      const refusal = await refusalOf(attempt());
      return refusal?.name === "ResourceInUseException" ? refusal.message : undefined;
    }).finally(() => done.abort());
  const [message] = await Promise.all([tryUntilRefused(), keepChanging()]);
  return message;
}

export function notActiveText(StreamName: string, status = "UPDATING"): string {
  return `Stream ${StreamName} under account ${ACCOUNT_ID} not ACTIVE, instead in state ${status}`;
}

/** `undefined` when the call succeeds. */
async function refusalOf(call: Promise<unknown>): Promise<CallRefused | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof CallRefused) return error;
    throw error;
  }
}

afterAll(async () => {
  await Promise.all(
    [...names].map(async (StreamName) => {
      const refusal = await refusalOf(
        sdk.call("DeleteStream", { StreamName, EnforceConsumerDeletion: true }),
      );
      if (refusal !== undefined && refusal.name !== "ResourceNotFoundException") throw refusal;
    }),
  );
  sdk.close();
});
