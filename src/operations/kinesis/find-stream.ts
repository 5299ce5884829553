/**
 * Which stream a request means: by name, by ARN, or by both when they agree. Whatever way it is found, messages
 * show the name, as AWS's do.
 */
import { settle, shownStatus } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { invalidArgument, streamNotActive, streamNotFound } from "./refusals.ts";

export interface StreamAddress {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

type Place = Pick<DataStreamContext, "accountId" | "region">;

/** For the caller's policy: the stream's ARN; a foreign one as it was given, so that no right on ours applies. */
export function addressedArn({ StreamName, StreamARN }: StreamAddress, place: Place): string {
  return StreamARN ?? dataStreamArn(place, StreamName ?? "");
}

/** Throws when the address names none, two, or somebody else's stream. */
export function addressedName({ StreamName, StreamARN }: StreamAddress, place: Place): string {
  if (StreamARN === undefined) {
    if (StreamName !== undefined) return StreamName;
    throw invalidArgument("Either StreamName or StreamARN must be provided.");
  }
  const { accountId, name } = partsOf(StreamARN);
  if (StreamName !== undefined && StreamName !== name) {
    throw invalidArgument(
      `StreamName ${StreamName} and StreamARN ${StreamARN} do not name the same stream.`,
    );
  }
  if (StreamARN !== dataStreamArn(place, name)) throw streamNotFound(name, accountId);
  return name;
}

/** The stream as the store has it now, with what was left half done finished. */
export async function findStream(
  address: StreamAddress,
  context: DataStreamContext,
): Promise<DataStream> {
  const name = addressedName(address, context);
  const found = await context.dataStreams.get(name);
  const stream = found && (await settle(context, found));
  if (stream === undefined) throw streamNotFound(name, context.accountId);
  return stream;
}

/** The same, with what was left half done left as it is. */
export async function lookUpStream(
  address: StreamAddress,
  context: DataStreamContext,
): Promise<DataStream> {
  const name = addressedName(address, context);
  const stream = await context.dataStreams.get(name);
  if (stream === undefined) throw streamNotFound(name, context.accountId);
  return stream;
}

/** For operations that AWS refuses while the stream changes. */
export async function findActiveStream(
  address: StreamAddress,
  context: DataStreamContext,
): Promise<DataStream> {
  const stream = await findStream(address, context);
  requireActive(stream, context);
  return stream;
}

export function requireActive(stream: DataStream, context: DataStreamContext): void {
  const status = shownStatus(stream, context.clock.now());
  if (status !== "ACTIVE") throw streamNotActive(stream.name, context.accountId, status);
}

/** `arn:aws:kinesis:us-east-1:000000000000:stream/clicks` */
function partsOf(arn: string): { readonly accountId: string; readonly name: string } {
  const [, , , , accountId = "", ...rest] = arn.split(":");
  return { accountId, name: rest.join(":").replace(/^stream\//, "") };
}
