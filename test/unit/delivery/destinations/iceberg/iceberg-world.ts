/** A receiver of Iceberg tables over a catalog and files in memory, one flush at a time. */
import type { Clock } from "../../../../../src/clock.ts";
import type {
  FailedDelivery,
  Parcel,
  ReceiverRun,
  Settlement,
} from "../../../../../src/delivery/destinations/receivers/port.ts";
import type {
  GlueIcebergTables,
  TableFiles,
} from "../../../../../src/delivery/destinations/iceberg/ports.ts";
import {
  icebergReceiver,
  type IcebergState,
} from "../../../../../src/delivery/destinations/iceberg/receiver.ts";
import type { IcebergSettings } from "../../../../../src/delivery/destinations/iceberg/settings.ts";
import { otfKeyName } from "../../../../../src/delivery/naming/partition.ts";
import type { Passing } from "../../../../../src/delivery/stages/outcome.ts";
import { derivedUuid } from "../../../../../src/derived-uuid.ts";
import { memoryTableFiles } from "../../../../../src/storage/memory/table-files.ts";
import { IcebergCatalogTwin } from "../../../../helpers/receivers/iceberg-catalog.ts";
import { liveFiles, tableRows } from "../../../../helpers/receivers/iceberg-rows.ts";
import { seededRandom } from "../../../../helpers/seeded-random.ts";

export const ROLE = "arn:aws:iam::000000000000:role/firehose";

export const SETTINGS: IcebergSettings = {
  kind: "iceberg",
  place: "lake",
  roleArn: ROLE,
  retrySeconds: 300,
  catalog: { kind: "rest", name: "lake", region: "us-east-1" },
  tables: [{ database: "db", table: "t", uniqueKeys: [] }],
  isAppendOnly: false,
  isRouted: true,
};

export interface Route {
  readonly table?: string;
  readonly operation?: string;
}

/** `record({ id: 1 }, { table: "u", operation: "update" })` */
export function record(json: unknown, { table, operation }: Route = {}): Passing {
  const data = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  return {
    kind: "delivered",
    record: { recordId: "", arrivedAtMs: 0, data },
    data,
    partitionKeys: {
      ...(table !== undefined && { [otfKeyName("destinationTableName")]: table }),
      ...(operation !== undefined && { [otfKeyName("operation")]: operation }),
    },
  };
}

export interface FlushOptions {
  readonly attempts?: number;
  /** The process dies instead of this save. */
  readonly diesAtSave?: number;
  readonly deadlineMs?: number;
  readonly pieceSize?: number;
}

export class IcebergWorld {
  readonly catalog = new IcebergCatalogTwin();
  readonly memory = memoryTableFiles();
  glue: GlueIcebergTables = { get: nothing, swap: nothing };
  files: TableFiles = this.memory;
  settings: IcebergSettings = SETTINGS;
  readonly failed: { readonly record: Passing; readonly error: FailedDelivery }[] = [];
  readonly measured: [string, number][] = [];
  nowMs = 1_000_000;
  secret = JSON.stringify({ clientId: "client", clientSecret: "secret" });
  secretArn: string | undefined;
  readonly #random = seededRandom(7);
  #state: IcebergState | undefined;
  #told: { readonly record: Passing; readonly error: FailedDelivery }[] = [];

  readonly #clock: Clock = {
    now: () => this.nowMs,
    sleep: async (durationMs) => {
      this.nowMs += durationMs;
    },
  };

  /** Forgets the flush before; its failures are kept. */
  next(): void {
    this.#state = undefined;
  }

  get state(): IcebergState | undefined {
    return this.#state;
  }

  async settle(
    flush: string,
    records: readonly Passing[],
    options: FlushOptions = {},
  ): Promise<Settlement> {
    const { receiver, run, parcel } = this.#opened(flush, records, options);
    const settlement = await receiver.settle(parcel, run);
    if (settlement.kind !== "fenced") this.#keepTold();
    return settlement;
  }

  async giveUp(flush: string, records: readonly Passing[]): Promise<void> {
    const { receiver, run, parcel } = this.#opened(flush, records, {});
    await receiver.givenUp!(parcel, run, { errorCode: "Given.Up", errorMessage: "" });
    this.#keepTold();
  }

  /** In any order. */
  async rows(name = "db.t"): Promise<Record<string, unknown>[]> {
    return tableRows(this.catalog.metadata(name), this.files);
  }

  async liveFiles(name = "db.t"): ReturnType<typeof liveFiles> {
    return liveFiles(this.catalog.metadata(name), this.files);
  }

  #keepTold(): void {
    this.failed.push(...this.#told);
    this.#told = [];
  }

  #opened(flush: string, records: readonly Passing[], options: FlushOptions) {
    this.#told = [];
    let saveCount = 0;
    const { secretArn } = this;
    const place = { url: this.catalog.url, ...(secretArn !== undefined && { secretArn }) };
    const run: ReceiverRun<IcebergState> = {
      flush: {
        stream: {} as never,
        deliveryStreamArn: "",
        shardIndex: 0,
        readerId: "delivery",
        span: {} as never,
        idOf: (...parts) => derivedUuid(flush, ...parts),
      },
      clock: this.#clock,
      random: this.#random,
      deadlineMs: options.deadlineMs ?? Number.POSITIVE_INFINITY,
      attempts: options.attempts ?? 0,
      measure: (metric, value) => void this.measured.push([metric, value]),
      ...(this.#state !== undefined && { state: this.#state }),
      save: async (state) => {
        saveCount += 1;
        if (options.diesAtSave === saveCount) {
          this.#told = [];
          return "fenced";
        }
        this.#state = JSON.parse(JSON.stringify(state)) as IcebergState;
        this.#keepTold();
        return "done";
      },
      fail: (one, error) => void this.#told.push({ record: one, error }),
    };
    const receiver = icebergReceiver(this.settings, {
      http: this.catalog.http,
      secrets: { read: async () => ({ kind: "secret", text: this.secret }) },
      iceberg: { files: this.files, glue: this.glue, catalogs: { lake: place } },
    });
    return { receiver, run, parcel: parcelOf(records, options.pieceSize) };
  }
}

async function nothing(): Promise<never> {
  throw new Error("there is no Glue here");
}

function parcelOf(records: readonly Passing[], pieceSize = 3): Parcel {
  return {
    recordCount: records.length,
    byteCount: records.reduce((sum, { data }) => sum + data.length, 0),
    pieceCount: Math.ceil(records.length / pieceSize),
    piece: async (index) => records.slice(index * pieceSize, (index + 1) * pieceSize),
  };
}
