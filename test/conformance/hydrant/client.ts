/** Calls of event source mappings against the stack under test, which no SDK knows under this target. */
import { expect, onTestFinished } from "vitest";
import { connectionFrom } from "../../../bin/hydrant/connection.ts";
import { signedHeaders } from "../../../bin/hydrant/sign.ts";
import { eventually } from "../../helpers/eventually.ts";
import { arnOf } from "../kinesis/client.ts";
import { ACCOUNT_ID, AS_CALLER, ENDPOINT, REGION } from "../target.ts";

export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:nobody`;

/** `value: any` on purpose: a test reads it as a client that only has JSON would. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly value: any;
}

export async function call(
  operation: string,
  input: unknown,
  service = "hydrant",
): Promise<Answer> {
  const connection = connectionFrom(ENDPOINT, AS_CALLER);
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `Hydrant_20261122.${operation}`,
  };
  const response = await fetch(connection.endpoint, {
    method: "POST",
    headers: signedHeaders(connection, service, headers, body, Date.now()),
    body,
  });
  return { status: response.status, value: await response.json() };
}

/** A mapping of the stream that is deleted when the test ends. */
export async function newMapping(streamName: string, members: object = {}): Promise<Answer> {
  const answer = await call("CreateEventSourceMapping", {
    EventSourceArn: arnOf(streamName),
    FunctionName: "nobody",
    StartingPosition: "LATEST",
    ...members,
  });
  const { UUID } = answer.value as { readonly UUID?: string };
  if (UUID !== undefined) {
    onTestFinished(async () => {
      await call("DeleteEventSourceMapping", { UUID });
    });
  }
  return answer;
}

/** The mapping once it is in that state. */
export async function untilState(UUID: string, state: string): Promise<Answer["value"]> {
  return eventually(`the mapping is ${state}`, async () => {
    const { value } = await call("GetEventSourceMapping", { UUID });
    return value.State === state ? (value as unknown) : undefined;
  });
}

/** A mapping that is Enabled. */
export async function enabledMapping(streamName: string, members: object = {}): Promise<string> {
  const { value } = await newMapping(streamName, members);
  const UUID = value.UUID as string;
  await untilState(UUID, "Enabled");
  return UUID;
}

export function expectRefusal({ status, value }: Answer, name: string, message: string): void {
  expect({ status, ...(value as object) }).toEqual({
    status: 400,
    __type: name,
    [name === "SerializationException" ? "Message" : "message"]: message,
  });
}

export function expectNotFound(answer: Answer): void {
  expectRefusal(answer, "ResourceNotFoundException", "The resource you requested does not exist.");
}

export function violation(text: string): string {
  return `1 validation error detected: ${text}`;
}
