/**
 * What records look like in a simulation: their name, a space, filling, and a newline, since the backup writes
 * nothing between them. The transform marks what it has touched and may add what it likes behind the name.
 */
const MARK = "T:";

export function payloadOf(record: string, filling: string): Uint8Array {
  return Buffer.from(`${record} ${filling}\n`);
}

export function recordOf(data: Uint8Array): string {
  const text = Buffer.from(data).toString();
  const name = text.startsWith(MARK) ? text.slice(MARK.length) : text;
  return name.split(" ", 1)[0] as string;
}

export function transformed(record: string, comment: string): Uint8Array {
  return Buffer.from(`${MARK}${record} ${comment}`);
}

/** Written after each delivered record. */
export const DELIMITER = "\n";
export const FAILED_PREFIX = "failed/";

/** The records of a delivered object, or of one with failed records. */
export function recordsOfObject(key: string, body: Uint8Array): readonly string[] {
  const lines = Buffer.from(body).toString().split(DELIMITER).filter(Boolean);
  if (!key.startsWith(FAILED_PREFIX)) return lines.map((line) => recordOf(Buffer.from(line)));
  return lines.map((line) => {
    const { rawData } = JSON.parse(line) as { readonly rawData: string };
    return recordOf(Buffer.from(rawData, "base64"));
  });
}
