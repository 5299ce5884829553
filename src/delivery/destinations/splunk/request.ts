/**
 * HEC's two requests: one that brings a batch, and one that asks whether it has been indexed. Both name a channel, which is the
 * lane's: ids of acknowledgements count within a channel.
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment
 */
import { derivedUuid } from "../../../derived-uuid.ts";
import {
  SPLUNK_ACK_REQUEST_TIMEOUT_MS,
  SPLUNK_ANSWER_MAX_BYTES,
  SPLUNK_TIMEOUT_MS,
} from "../../../limits.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { FlushIdentity } from "../receivers/port.ts";
import type { ReceiverRequest } from "../receivers/ports.ts";
import type { SplunkSettings } from "./settings.ts";

export interface RequestTo {
  readonly settings: Pick<SplunkSettings, "endpoint" | "endpointType">;
  readonly token: string;
  readonly channel: string;
  /** What a balancer before the indexers has given, which knows by it whom it sent a batch to. */
  readonly cookie?: string | undefined;
}

/** The same for all flushes of a lane, or of a shard. */
export function channelOf({ stream, readerId, shardIndex }: FlushIdentity): string {
  return derivedUuid("channel", stream.name, stream.generation, readerId, shardIndex);
}

/** Records follow each other as they are: what parts them is in them. */
export function eventsRequest(to: RequestTo, records: readonly Passing[]): ReceiverRequest {
  const isRaw = to.settings.endpointType === "Raw";
  return {
    ...request(to, isRaw ? "raw" : "event", isRaw ? "text/plain" : "application/json"),
    body: Buffer.concat(records.map(({ data }) => data)),
    timeoutMs: SPLUNK_TIMEOUT_MS,
  };
}

export function ackRequest(to: RequestTo, ackId: number): ReceiverRequest {
  return {
    ...request(to, "ack", "application/json"),
    body: Buffer.from(JSON.stringify({ acks: [ackId] })),
    timeoutMs: SPLUNK_ACK_REQUEST_TIMEOUT_MS,
  };
}

function request({ settings, token, channel, cookie }: RequestTo, path: string, type: string) {
  return {
    method: "POST",
    url: `${settings.endpoint}/services/collector/${path}?channel=${channel}`,
    headers: {
      authorization: `Splunk ${token}`,
      "content-type": type,
      "x-splunk-request-channel": channel,
      ...(cookie !== undefined && { cookie }),
    },
    maxBytes: SPLUNK_ANSWER_MAX_BYTES,
  } as const;
}

/** `set-cookie` of an answer, several joined by commas, → `cookie` of a request. */
export function cookieOf(setCookie: string | undefined): string | undefined {
  if (setCookie === undefined) return undefined;
  // Dates hold commas, too: behind one that parts cookies there is a name.
  const pairs = setCookie
    .split(/,\s*(?=[^;,=\s]+=)/)
    .map((cookie) => cookie.split(";")[0]!.trim())
    .filter((pair) => pair !== "");
  return pairs.length === 0 ? undefined : pairs.join("; ");
}
