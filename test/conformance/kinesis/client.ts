/** What the conformance tests of Kinesis share: a client of the stack under test, and streams that clean up. */
import { randomUUID } from "node:crypto";
import {
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DeleteStreamCommand,
  KinesisClient,
  ListShardsCommand,
  ResourceNotFoundException,
  type Shard,
  DescribeStreamSummaryCommand,
} from "@aws-sdk/client-kinesis";
import { expect, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { CallRefused } from "../clients/installed-client.ts";
import { ACCOUNT_ID, REGION, clientConfig } from "../target.ts";
import { asRefusal } from "./callers/caller.ts";

export { ACCOUNT_ID };

export function kinesisClient(): KinesisClient {
  const client = new KinesisClient({
    ...clientConfig(),
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

export function uniqueName(purpose = "stream"): string {
  return `${purpose}-${randomUUID()}`;
}

export function arnOf(name: string): string {
  return `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${name}`;
}

/** Creates a stream that is ACTIVE, and deleted when the test ends; answers its name. */
export async function newStream(
  client: KinesisClient,
  members: Partial<CreateStreamCommandInput> = { ShardCount: 1 },
): Promise<string> {
  const StreamName = members.StreamName ?? uniqueName();
  await client.send(new CreateStreamCommand({ ...members, StreamName }));
  deleteWhenFinished(client, StreamName);
  await untilActive(client, StreamName);
  return StreamName;
}

/** Deletes a stream when the test ends, if it is there. */
export function deleteWhenFinished(client: KinesisClient, StreamName: string): void {
  onTestFinished(async () => {
    try {
      await client.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  });
}

export function notFoundText(name: string): string {
  return `Stream ${name} under account ${ACCOUNT_ID} not found.`;
}

export async function untilActive(client: KinesisClient, StreamName: string): Promise<void> {
  await eventually(`${StreamName} is ACTIVE`, async () => {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    return answer.StreamDescriptionSummary?.StreamStatus === "ACTIVE" || undefined;
  });
}

export async function shardsOf(client: KinesisClient, StreamName: string): Promise<Shard[]> {
  const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
  return Shards ?? [];
}

/** Waits for a call to be refused, through whatever caller, and checks how. */
export async function expectRefusal(
  call: Promise<unknown>,
  name: string,
  message: string | RegExp,
): Promise<void> {
  const refusal = await call.then(
    () => undefined,
    (reason: unknown) => asRefusal(reason),
  );
  if (!(refusal instanceof CallRefused)) {
    throw new Error(`expected a ${name}`, { cause: refusal });
  }
  const { status = 400 } = refusal;
  expect({ name: refusal.name, status }).toEqual({ name, status: 400 });
  if (typeof message === "string") expect(refusal.message).toBe(message);
  else expect(refusal.message).toMatch(message);
}

/** `violations("Value at 'limit' failed …")` → the ValidationException's sentence. */
export function violations(...texts: readonly string[]): string {
  const errors = texts.length === 1 ? "error" : "errors";
  return `${texts.length} validation ${errors} detected: ${texts.join("; ")}`;
}
