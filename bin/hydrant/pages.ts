/** All of a list that is answered page by page. */
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";

export async function pages(
  connection: Connection,
  operation: string,
  member: string,
  input: object,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let marker: unknown;
  do {
    const page = { ...input, ...(marker !== undefined && { Marker: marker }) };
    const answer = await call(connection, operation, page);
    found.push(...(answer[member] as readonly unknown[]));
    marker = answer["NextMarker"];
  } while (marker !== undefined);
  return found;
}
