/** An HTTP endpoint as it is read from the request. Plain JSON, without its access key. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";

export interface HttpEndpointSettings extends CommonReceiverSettings {
  readonly kind: "http-endpoint";
  readonly url: string;
  readonly name?: string;
  readonly contentEncoding: "NONE" | "GZIP";
  readonly commonAttributes: readonly { readonly name: string; readonly value: string }[];
}
