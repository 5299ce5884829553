/**
 * A record's JSON becomes rows of its table. One that does not fit fails as a whole, and by itself.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
 */
import type { RecordReader } from "../formats/record-reader.ts";
import { FORMAT_CONVERSION_FAILED } from "../formats/failed-conversion.ts";
import { fail, type Stage } from "./outcome.ts";

export function convert(reader: RecordReader): Stage {
  return (passing) => {
    const result = reader.read(passing.data);
    if (result.kind === "rows") return [{ ...passing, rows: result.rows }];
    const { errorCode, errorMessage } = result;
    return [fail(passing, { errorCode, errorMessage, errorOutputType: FORMAT_CONVERSION_FAILED })];
  };
}
