/** Bodies, cut into pieces of which one is read at a time. */
import type { DatabaseSync } from "node:sqlite";
import type { Body } from "./facts.ts";

export const PIECE_BYTES = 1024 * 1024;

/** Within a transaction of its caller's. An empty body has a piece, too, so that its id is taken. */
export function bodyWriter(db: DatabaseSync): (bytes: Uint8Array) => Body {
  const newBody = db.prepare("SELECT coalesce(max(body), 0) + 1 AS id FROM pieces");
  const insertPiece = db.prepare("INSERT INTO pieces VALUES (?, ?, ?)");
  return (bytes) => {
    const id = Number(newBody.get()?.["id"]);
    let number = 0;
    do {
      const start = number * PIECE_BYTES;
      insertPiece.run(id, number, bytes.subarray(start, start + PIECE_BYTES));
      number += 1;
    } while (number * PIECE_BYTES < bytes.length);
    return { id, length: bytes.length };
  };
}
