/** What receivers reach: hosts that somebody named, and the secrets they are entered with. */
import type { openReceiver } from "./registry.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { IcebergPorts } from "../iceberg/ports.ts";
import type { RedshiftPorts } from "../redshift/ports.ts";

export interface ReceiverRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  readonly url: string;
  /** By lower-case names; of host and content length the client says itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** Of the answer, its headers included. */
  readonly maxBytes: number;
  /** With AWS's signature, under the role where that is assumed, else as whoever sends it. */
  readonly signing?: {
    readonly service: string;
    readonly region: string;
    readonly roleArn?: string;
  };
}

export type ReceiverAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** By lower-case names; of several of a name the values joined by commas. */
      readonly headers: Readonly<Record<string, string>>;
      /** As it came over the wire. */
      readonly body: Uint8Array;
    }
  | { readonly kind: "too large"; readonly status: number }
  /** The request may have had its effect. */
  | {
      readonly kind: "none";
      /** `cut`: the connection stood, and broke; `connection`: there was none. */
      readonly reason: "timeout" | "connection" | "cut" | "tls" | "not allowed";
      /** Without record data. */
      readonly detail: string;
    };

/** It follows no redirection, and opens no connection to a place that nothing is sent to. It does not reject. */
export interface ReceiverHttp {
  send(request: ReceiverRequest): Promise<ReceiverAnswer>;
}

export type SecretResult =
  | { readonly kind: "secret"; readonly text: string }
  /** It is not there, or may not be read; tried again like a receiver that is away. */
  | { readonly kind: "refused"; readonly error: DeliveryError };

/** Secrets Manager, or a file on a laptop. It does not reject; what it has read it may remember for some minutes. */
export interface SecretStore {
  read(
    secret: { readonly arn: string; readonly roleArn?: string },
    /** `isAnew`: what is remembered was refused by the receiver. */
    options?: { readonly isAnew?: boolean },
  ): Promise<SecretResult>;
}

export interface ReceiverPorts {
  readonly http: ReceiverHttp;
  readonly secrets: SecretStore;
  /**
   * Absent: as the registry says, which is loaded when it is needed. Tests in virtual time bring it with them, for that does not
   * wait for a file; or others.
   */
  readonly open?: typeof openReceiver;
  /** Absent: no table is delivered to. */
  readonly iceberg?: IcebergPorts;
  /** Absent: nothing is copied into Redshift. */
  readonly redshift?: RedshiftPorts;
}
