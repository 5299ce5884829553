/**
 * One way to call Kinesis, whatever speaks: inputs and outputs have AWS's member names, bytes as `Uint8Array` and
 * times as `Date`, and a refusal is always a `CallRefused`, so that one test does for every client.
 */
import type * as sdk from "@aws-sdk/client-kinesis";
import { KinesisServiceException } from "@aws-sdk/client-kinesis";
import { CallRefused } from "../../clients/installed-client.ts";

type Sdk = typeof sdk;

/** The operations that the SDK knows: for each there is a command. */
export type OperationName = {
  [Name in keyof Sdk]: Name extends `${infer Operation}Command` ? Operation : never;
}[keyof Sdk];

/** What the command's handler answers, but for what the SDK tells of the request. */
export type OutputOf<Name extends OperationName> =
  InstanceType<Sdk[`${Name}Command`]> extends {
    resolveMiddleware(...args: never): (...args: never) => Promise<{ output: infer Output }>;
  }
    ? Omit<Output, "$metadata">
    : never;

export interface Caller {
  readonly name: string;
  /** Whether the client knows the operation, and these members of its input. */
  supports(operation: OperationName, ...members: readonly string[]): boolean;
  /** Rejects with a `CallRefused` when the service refuses; any other error is the client's own. */
  call<Name extends OperationName>(operation: Name, input: object): Promise<OutputOf<Name>>;
  /** Ends what the caller has started; the process ends without it, too. */
  close(): void;
}

/** The SDK's error as a `CallRefused`; what is neither is answered as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof KinesisServiceException)) return error;
  return new CallRefused(error.name, error.message, error.$metadata.httpStatusCode);
}
