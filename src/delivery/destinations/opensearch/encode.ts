/**
 * A batch as the body of `_bulk`: for each record a line that says what to do, and the record as its document. A document must
 * be one line, so a record that is not one JSON object on one line is no document; a newline behind it is taken off.
 *
 * With ids of our own the action is `index`: it writes the document whether or not it stands, so that a repeat leaves what the
 * first attempt did, and a replay through a function that was put right replaces what it wrote before; `create` would leave
 * the old one. Without ids it is `create`, which is the same for an index, and all that a data stream of OpenSearch takes.
 * https://docs.opensearch.org/latest/api-reference/document-apis/bulk/
 */
import { isUtf8 } from "node:buffer";
import type { FailedDelivery } from "../receivers/port.ts";

export interface Action {
  readonly index: string;
  /** Of old versions. */
  readonly type?: string | undefined;
  /** Absent: the cluster gives it one. */
  readonly id?: string | undefined;
}

export interface Document {
  readonly action: Action;
  readonly data: Uint8Array;
}

const NEWLINE = Buffer.from("\n");

export function bulkBody(documents: readonly Document[]): Buffer {
  return Buffer.concat(
    documents.flatMap(({ action, data }) => [actionLine(action), trimmed(data), NEWLINE]),
  );
}

function actionLine({ index, type, id }: Action): Buffer {
  const where = { _index: index, _type: type, _id: id };
  return Buffer.from(
    `${JSON.stringify(id === undefined ? { create: where } : { index: where })}\n`,
  );
}

/** What stands of an action besides its index and its type, at most. */
export const ACTION_MAX_BYTES = 180;

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Without the white space around it. */
function trimmed(data: Uint8Array): Uint8Array {
  let from = 0;
  let to = data.length;
  while (from < to && SPACE.has(data[from]!)) from += 1;
  while (to > from && SPACE.has(data[to - 1]!)) to -= 1;
  return data.subarray(from, to);
}

/** Why it is no document; `undefined`: it is one. */
export function documentProblem(data: Uint8Array, codes: string): FailedDelivery | undefined {
  const document = trimmed(data);
  return isUtf8(document) && document.indexOf(0x0a) < 0 && isObject(document)
    ? undefined
    : {
        errorCode: `${codes}.MalformedData`,
        errorMessage:
          "The record is not a document: it must be one JSON object in UTF-8, on one line.",
      };
}

function isObject(data: Uint8Array): boolean {
  if (data[0] !== 0x7b) return false;
  try {
    JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
    return true;
  } catch {
    return false;
  }
}
