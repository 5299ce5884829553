/**
 * Frames on the pipes between the stack and an execution environment: four bytes of length, one of kind, and what they
 * carry. Payloads pass as the bytes they are.
 */

export const KIND = {
  /** To the environment: the facts of an invocation as a line of JSON, then its event. */
  invoke: 1,
  /** The handler is loaded, or could not be: the error as JSON. */
  ready: 2,
  notReady: 3,
  /** What was printed: a byte for the stream, then the text. */
  output: 4,
  /** How the invocation ended: with an answer, with an error, or not begun, for the event is no JSON. */
  returned: 5,
  failed: 6,
  notJson: 7,
  /** As `failed`, or outside of any invocation; the environment ends. */
  broken: 8,
};

const HEAD_BYTES = 5;

/** What to write, in order. */
export function frame(kind, ...parts) {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(parts.reduce((total, { length }) => total + length, 0));
  head.writeUInt8(kind, HEAD_BYTES - 1);
  return [head, ...parts];
}

/** Calls `take(kind, body)` for every frame that the chunks it is given make up. */
export function frameReader(take) {
  let chunks = [];
  let length = 0;
  let wanted = HEAD_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      // Only when a whole frame is there, or a large one would be copied at each of its chunks.
      const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      chunks = [bytes];
      wanted = HEAD_BYTES + bytes.readUInt32BE(0);
      if (length < wanted) return;
      take(bytes.readUInt8(HEAD_BYTES - 1), bytes.subarray(HEAD_BYTES, wanted));
      const rest = bytes.subarray(wanted);
      chunks = rest.length === 0 ? [] : [rest];
      length = rest.length;
      wanted = HEAD_BYTES;
    }
  };
}
