/**
 * The records in an object of failed ones: a line of JSON each, with the bytes as they were ingested, when they came and
 * how often they were tried. An object with any other line is none of these, and nothing of it is taken.
 */
export interface FailedLine {
  readonly data: Uint8Array;
  readonly arrivedAtMs: number;
  readonly attemptsMade: number;
}

/** `undefined`: it holds something else. */
export function parseErrorLines(contents: Uint8Array): readonly FailedLine[] | undefined {
  const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const lines: FailedLine[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) {
      const line = parseLine(bytes.toString("utf8", start, end));
      if (line === undefined) return undefined;
      lines.push(line);
    }
    start = end + 1;
  }
  return lines.length === 0 ? undefined : lines;
}

function parseLine(text: string): FailedLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null) return undefined;
  const { rawData, arrivalTimestamp, attemptsMade } = line as Readonly<Record<string, unknown>>;
  const arrivedAtMs = Number(arrivalTimestamp);
  const attempts = Number(attemptsMade);
  if (typeof rawData !== "string" || !Number.isSafeInteger(arrivedAtMs)) return undefined;
  if (!Number.isSafeInteger(attempts) || !isBase64(rawData)) return undefined;
  return { data: Buffer.from(rawData, "base64"), arrivedAtMs, attemptsMade: attempts };
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
