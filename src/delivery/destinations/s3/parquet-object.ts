/** A Parquet file as an object's format. Compressed inside, so S3 is told of none. */
import { openParquetWriter, type ParquetOptions } from "../../formats/parquet.ts";
import type { Row } from "../../formats/row.ts";
import type { Schema } from "../../formats/schema.ts";
import type { ObjectFormat } from "./object-writer.ts";

export function parquetObject(
  schema: Schema,
  options: ParquetOptions,
): ObjectFormat<readonly Row[]> {
  return {
    open(sink) {
      const opening = openParquetWriter(schema, options, sink);
      // Its failure is met by the next call.
      opening.catch(() => {});
      return {
        write: async (rows) => (await opening).write(rows),
        end: async () => (await opening).end(),
        destroy: () =>
          opening.then(
            (writer) => writer.destroy(),
            () => {},
          ),
      };
    },
  };
}
