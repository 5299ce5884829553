/**
 * The Decompression processor: records arrive as GZIP, as CloudWatch Logs sends them. A record that is none, or
 * that would become too large for the memory of one, fails alone.
 * https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html
 */
import { gunzipSync } from "node:zlib";
import { DECOMPRESSED_RECORD_MAX_BYTES } from "../../limits.ts";
import { fail, type Stage } from "./outcome.ts";

/** AWS does not document its code. */
const DECOMPRESSION_FAILED = "Decompression.Failed";

export const decompress: Stage = (passing) => {
  try {
    const data = gunzipSync(passing.data, { maxOutputLength: DECOMPRESSED_RECORD_MAX_BYTES });
    return [{ ...passing, data }];
  } catch (error) {
    const errorMessage = `The record could not be decompressed: ${reason(error)}`;
    return [
      fail(passing, {
        errorCode: DECOMPRESSION_FAILED,
        errorMessage,
        errorOutputType: "decompression-failed",
      }),
    ];
  }
};

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ERR_BUFFER_TOO_LARGE"
    ? `it holds more than ${DECOMPRESSED_RECORD_MAX_BYTES} bytes`
    : message;
}
