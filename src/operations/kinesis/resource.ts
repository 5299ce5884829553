/** Operations that take the ARN of any resource: streams have what they are about, consumers do not yet. */
import type { DataStreamContext } from "../context.ts";
import { addressedName, type StreamAddress } from "./find-stream.ts";
import { notOfferedYet } from "./refusals.ts";

export interface ResourceAddress {
  readonly ResourceARN: string;
}

export function resourceOf({ ResourceARN }: ResourceAddress): string {
  return ResourceARN;
}

/** The stream that is meant; `what` begins the refusal of anything else: `A policy`. */
export function streamResource(
  { ResourceARN }: ResourceAddress,
  what: string,
  context: DataStreamContext,
): StreamAddress {
  if (/:stream\/[^/]+\/consumer\//.test(ResourceARN)) {
    throw notOfferedYet(`${what} of a consumer`, "name the stream");
  }
  const address = { StreamARN: ResourceARN };
  addressedName(address, context);
  return address;
}
