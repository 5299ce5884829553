/** One file of a table, while it grows: rows as Parquet, and what its manifest will say of them. */
import { PARQUET_DEFAULTS, openColumnWriter, type ParquetOptions } from "../../formats/parquet.ts";
import type { ParquetWriter } from "../../formats/parquet.ts";
import type { Row, Value } from "../../formats/row.ts";
import type { AvroRecord } from "./avro.ts";
import { ColumnMetrics, metricsMembers } from "./column-metrics.ts";
import { icebergColumns } from "./columns.ts";
import { type IcebergField, leavesOf } from "./types.ts";

export interface FinishedFile {
  readonly bytes: Uint8Array;
  readonly recordCount: number;
  readonly metrics: AvroRecord;
}

/** So many rows are given to the encoder at once. */
const ROWS_AT_ONCE = 64;

export class FileWriter {
  readonly partition: readonly Value[];
  /** Of the JSON that its rows were. */
  byteCount = 0;
  readonly #writer: Promise<ParquetWriter>;
  readonly #metrics: readonly ColumnMetrics[];
  readonly #chunks: Uint8Array[] = [];
  #rows: Row[] = [];
  #recordCount = 0;

  constructor(
    fields: readonly IcebergField[],
    partition: readonly Value[],
    compression: ParquetOptions["compression"],
  ) {
    this.partition = partition;
    this.#metrics = leavesOf(fields).map((leaf) => new ColumnMetrics(leaf));
    const options = { ...PARQUET_DEFAULTS, compression, enableDictionaryCompression: true };
    this.#writer = openColumnWriter(icebergColumns(fields), options, async (chunk) => {
      this.#chunks.push(new Uint8Array(chunk));
    });
    // Its failure is met by the next call.
    this.#writer.catch(() => {});
  }

  async append(row: Row, byteCount: number): Promise<void> {
    this.byteCount += byteCount;
    this.#recordCount++;
    for (const metrics of this.#metrics) metrics.note(row);
    this.#rows.push(row);
    if (this.#rows.length >= ROWS_AT_ONCE) await this.#writeRows();
  }

  async finish(): Promise<FinishedFile> {
    await this.#writeRows();
    await (await this.#writer).end();
    return {
      bytes: Buffer.concat(this.#chunks),
      recordCount: this.#recordCount,
      metrics: metricsMembers(this.#metrics),
    };
  }

  /** Frees what it holds. Never rejects. */
  async destroy(): Promise<void> {
    await this.#writer.then(
      (writer) => writer.destroy(),
      () => {},
    );
  }

  async #writeRows(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    await (await this.#writer).write(rows);
  }
}
