/** A client that is installed on the machine, as the conformance tests use it: by the names of AWS's model. */
export type Service = "kinesis" | "firehose";

/** Where it calls, and as whom. */
export interface Where {
  readonly endpoint: string;
  /** The region and the key, as all AWS's tools take them from the environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface InstalledClient {
  /** Rejects with a `CallRefused` when the service refuses; any other error is the client's own. */
  call(operation: string, input: object): Promise<object>;
  /** Ends what the client has started; the process ends without it, too. */
  close(): void;
}

/** What a client was told instead of an output. */
export class CallRefused extends Error {
  override readonly name: string;
  /** Absent where the client does not tell. */
  readonly status: number | undefined;

  constructor(name: string, message: string, status?: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}
