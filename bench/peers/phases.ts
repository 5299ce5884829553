/** What the process that loads a server is told, and what it tells. */
export interface PeerLoad {
  readonly endpoint: string;
  readonly serverPid: number;
  readonly hasFirehose: boolean;
  readonly connectionCount: number;
  readonly shardCount: number;
  readonly recordsPerCall: number;
  readonly recordBytes: number;
  readonly durationMs: number;
  /** One that stands; absent: it is made. */
  readonly bucket?: string;
}

export interface Phase {
  readonly callsPerSecond: number;
  /** That calls brought or fetched. */
  readonly mibPerSecond: number;
  /** Of all the server's processes. */
  readonly serverCpuMsPerCall: number;
}

export const PHASES = [
  "firehoseBatches",
  "firehosePuts",
  "kinesisPuts",
  "putRecords",
  "getRecords",
] as const;

export interface PeerDone {
  /** What the server does not offer is missing. */
  readonly phases: Readonly<Partial<Record<(typeof PHASES)[number], Phase>>>;
  /** Calls that were refused, wholly or in part, for whatever reason. */
  readonly refusedCount: number;
  /** Records that were put by PutRecords and did not come back. */
  readonly missingCount: number;
  /** Taken by this process. */
  readonly clientCores: number;
}
