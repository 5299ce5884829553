/**
 * Rows to the bytes of one Parquet file, in bounded memory: rows wait in small batches, a row group is kept encoded
 * and compressed until it has its size, and leaves then. No rows, no file.
 *
 * The bytes depend on the rows, the schema and the options alone, neither on how the rows came nor on time or machine,
 * so that a flush that is run again meets its own object.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_ParquetSerDe.html
 */
import {
  Column,
  Endianness,
  field,
  type Field,
  type Schema as ArrowSchema,
  Table,
  tableToIPC,
  Version,
} from "@uwdata/flechette";
import type { RecordBatch } from "parquet-wasm/esm";
import {
  PARQUET_BATCH_ROWS_MAX_COUNT,
  PARQUET_BATCH_VALUES_MAX_BYTES,
  PARQUET_BLOCK_DEFAULT_BYTES,
  PARQUET_PAGE_DEFAULT_BYTES,
} from "../../limits.ts";
import type { ByteSink } from "../compression/compressor.ts";
import { type ColumnBuilder, columnBuilder } from "./column-builders.ts";
import { type ParquetModule, parquetModule } from "./parquet-module.ts";
import type { Row } from "./row.ts";
import type { Schema } from "./schema.ts";

export type ParquetCompression = "UNCOMPRESSED" | "GZIP" | "SNAPPY";

export interface ParquetOptions {
  readonly compression: ParquetCompression;
  /** Of a row group. */
  readonly blockSizeBytes: number;
  readonly pageSizeBytes: number;
  readonly enableDictionaryCompression: boolean;
  /** Lines row groups up with blocks of HDFS; S3 has none, and AWS's writer pads nothing there either. */
  readonly maxPaddingBytes: number;
  readonly writerVersion: "V1" | "V2";
}

export const PARQUET_DEFAULTS: ParquetOptions = {
  compression: "SNAPPY",
  blockSizeBytes: PARQUET_BLOCK_DEFAULT_BYTES,
  pageSizeBytes: PARQUET_PAGE_DEFAULT_BYTES,
  enableDictionaryCompression: false,
  maxPaddingBytes: 0,
  writerVersion: "V1",
};

/** Calls must not overlap, and nothing follows an end or a destroy. */
export interface ParquetWriter {
  /** Copies the rows before the promise resolves. */
  write(rows: readonly Row[]): Promise<void>;
  /** Sends what is left, and the footer. */
  end(): Promise<void>;
  /** Frees what is held; once resolved, nothing more is sent. Never rejects. */
  destroy(): Promise<void>;
}

/** @param sink is called one piece after the other, each when the one before has been taken */
export function openParquetWriter(
  schema: Schema,
  options: ParquetOptions,
  sink: ByteSink,
): Promise<ParquetWriter> {
  const columns = schema.map(({ name, type }) => {
    const builder = columnBuilder(type);
    return { field: field(name, builder.type), builder };
  });
  return openColumnWriter(columns, options, sink);
}

/** The columns are the writer's from then on. */
export async function openColumnWriter(
  columns: readonly NamedColumn[],
  options: ParquetOptions,
  sink: ByteSink,
): Promise<ParquetWriter> {
  const encoder = await parquetModule();
  let rowCount = 0;
  let file: OpenFile | undefined;

  async function flush(): Promise<void> {
    if (rowCount === 0) return;
    rowCount = 0;
    file ??= new OpenFile(encoder, options, sink);
    await file.write(recordBatch(encoder, columns));
  }

  return {
    async write(rows) {
      for (const row of rows) {
        for (let i = 0; i < columns.length; i++) columns[i]!.builder.append(row[i]!);
        rowCount++;
        if (isFull(rowCount, columns)) await flush();
      }
    },
    async end() {
      await flush();
      await file?.end();
    },
    async destroy() {
      await file?.destroy();
    },
  };
}

/** How often the size of a batch is looked at, in rows. */
const SIZE_CHECK_INTERVAL = 16;

function isFull(rowCount: number, columns: readonly NamedColumn[]): boolean {
  if (rowCount >= PARQUET_BATCH_ROWS_MAX_COUNT) return true;
  if (rowCount % SIZE_CHECK_INTERVAL !== 0) return false;
  const bytes = columns.reduce((sum, { builder }) => sum + builder.byteLength(), 0);
  return bytes >= PARQUET_BATCH_VALUES_MAX_BYTES;
}

/** A column, and what Arrow calls it. */
export interface NamedColumn {
  readonly field: Field;
  readonly builder: ColumnBuilder;
}

function recordBatch(encoder: ParquetModule, columns: readonly NamedColumn[]): RecordBatch {
  const schema = { ...ARROW_SCHEMA, fields: columns.map((column) => column.field) };
  const table = new Table(
    schema,
    columns.map(({ builder }) => new Column([builder.finish()], builder.type)),
  );
  const stream = encoder.Table.fromIPCStream(tableToIPC(table, { format: "stream" })!);
  try {
    return stream.recordBatch(0)!;
  } finally {
    stream.free();
  }
}

const ARROW_SCHEMA: Omit<ArrowSchema, "fields"> = {
  version: Version.V5,
  endianness: Endianness.Little,
  metadata: null,
};

/** One file on its way through the encoder, which takes batches when it wants them. */
class OpenFile {
  readonly #done: Promise<void>;
  #input!: ReadableStreamDefaultController<RecordBatch>;
  #wanted = Promise.withResolvers<void>();
  #isDestroyed = false;

  constructor(encoder: ParquetModule, options: ParquetOptions, sink: ByteSink) {
    const batches = new ReadableStream<RecordBatch>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        pull: () => this.#wanted.resolve(),
      },
      { highWaterMark: 1 },
    );
    this.#done = this.#encode(encoder, batches, options, sink);
    // Its failure is met by the next call.
    this.#done.catch(() => {});
  }

  async write(batch: RecordBatch): Promise<void> {
    await Promise.race([this.#wanted.promise, this.#done]);
    this.#wanted = Promise.withResolvers<void>();
    this.#input.enqueue(batch);
  }

  async end(): Promise<void> {
    this.#input.close();
    await this.#done;
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    try {
      await this.end();
    } catch {
      // Nobody wants the file.
    }
  }

  async #encode(
    encoder: ParquetModule,
    batches: ReadableStream<RecordBatch>,
    options: ParquetOptions,
    sink: ByteSink,
  ): Promise<void> {
    const bytes = await encoder.transformParquetStream(batches, writerProperties(encoder, options));
    for await (const chunk of bytes as ReadableStream<Uint8Array>) {
      if (!this.#isDestroyed) await sink(chunk);
    }
  }
}

const CREATED_BY = "Hydrant";
/** The encoder counts in 32 bits; a file of the largest buffer is far below. */
const BYTES_MAX = 2 ** 31 - 1;

function writerProperties(encoder: ParquetModule, options: ParquetOptions) {
  return new encoder.WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(encoder.Compression[options.compression])
    .setWriterVersion(encoder.WriterVersion[options.writerVersion])
    .setDictionaryEnabled(options.enableDictionaryCompression)
    .setDataPageSizeLimit(Math.min(options.pageSizeBytes, BYTES_MAX))
    .setDictionaryPageSizeLimit(Math.min(options.pageSizeBytes, BYTES_MAX))
    .setMaxRowGroupSize(BYTES_MAX)
    .setMaxRowGroupBytes(Math.min(options.blockSizeBytes, BYTES_MAX))
    .setStatisticsEnabled(encoder.EnabledStatistics.Chunk)
    .build();
}
