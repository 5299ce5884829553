/**
 * A document's id follows from its record alone: from the id that its producer was answered or its place in its data stream,
 * and from its place among the parts that a stage split it into. So whatever sends the record again, a retry, a replay or a
 * redrive, writes the same document.
 *
 *   of a record that was put       `AgEj…k0AAE.0`, its record id in the letters of URLs, and its part
 *   of a record of a data stream   `1f0c9a52.4963…5634.0.0`, its stream, its sequence and sub-sequence number, and its part
 *
 * A data stream's own numbers may be those of another one, hence the stream in front; those who deliver the same data stream
 * to the same index write the same documents.
 */
import { derivedUuid } from "../../../derived-uuid.ts";
import type { DeliveryStream } from "../../delivery-stream.ts";
import type { DeliveryRecord } from "../../record.ts";
import { identifying } from "../../record-identity.ts";

export type DocumentIds = (record: DeliveryRecord) => string;

export function documentIds(
  stream: Pick<DeliveryStream, "name" | "generation" | "source">,
): DocumentIds {
  const identify = identifying(stream);
  const { source } = stream;
  const place =
    source === undefined
      ? ""
      : `${derivedUuid("source", source.streamName, source.streamGeneration).slice(0, 8)}.`;
  return (record) => {
    const { id, index = 0, sequenceNumber, subSequenceNumber = 0 } = identify(record);
    if (sequenceNumber !== undefined) {
      return `${place}${sequenceNumber}.${subSequenceNumber}.${index}`;
    }
    // Of a line that says nothing of where its record came from: its place in the object.
    return `${inUrls(id ?? record.recordId)}.${index}`;
  };
}

function inUrls(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}
