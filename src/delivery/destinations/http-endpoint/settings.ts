/** An HTTP endpoint as it is read from the request. Plain JSON, without its access key. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";

export interface HttpEndpointSettings extends CommonReceiverSettings {
  readonly kind: "http-endpoint";
  readonly url: string;
  readonly name?: string;
  readonly contentEncoding: "NONE" | "GZIP";
  readonly commonAttributes: readonly CommonAttribute[];
  /** Of data in a request, before base64; absent: as much as a piece of a flush holds. */
  readonly requestMaxBytes?: number;
  /** Any 2xx is a success, whatever comes with it. */
  readonly isLenient?: true;
}

export interface CommonAttribute {
  readonly name: string;
  readonly value: string;
}
