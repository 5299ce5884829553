/**
 * The AppendDelimiterToRecord processor: so that records which stand back to back in an object can be told apart.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
 */
import type { Stage } from "./outcome.ts";

export function appendDelimiter(delimiter: string): Stage {
  const end = Buffer.from(delimiter);
  return (passing) => [{ ...passing, data: Buffer.concat([passing.data, end]) }];
}
