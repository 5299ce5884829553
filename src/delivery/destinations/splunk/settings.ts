/** Splunk's HTTP Event Collector (HEC) as it is read from the request. Plain JSON, without its token. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";

export interface SplunkSettings extends CommonReceiverSettings {
  readonly kind: "splunk";
  /** `https://splunk.example.com:8088` */
  readonly endpoint: string;
  /** Raw: whatever the records hold. Event: their data is HEC's own JSON. */
  readonly endpointType: "Raw" | "Event";
  /** For so long an acknowledgement is waited for. */
  readonly ackTimeoutSeconds: number;
}
