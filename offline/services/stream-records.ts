/**
 * Upkeep of dynoxide's stream table through a second connection. Each streamed write asks for the highest
 * sequence number of its table; without an index that reads every row, and writes slow down as rows gather.
 * Rows older than a day go, as in AWS; the newest stays, because numbering continues from it.
 */
import { DatabaseSync } from "node:sqlite";

const KEEP_SECONDS = 24 * 60 * 60;
/** Small bites: the writer waits while one is taken. */
const ROWS_PER_BITE = 500;

interface Row {
  readonly id: number;
  readonly table_name: string;
  readonly created_at: number;
}

export interface StreamRecords {
  /** Removes one bite of old rows; answers whether there may be more. */
  trim(nowMs: number): boolean;
  close(): void;
}

export function openStreamRecords(databaseFile: string): StreamRecords {
  const db = new DatabaseSync(databaseFile);
  db.exec("PRAGMA busy_timeout = 5000");
  db.exec(
    "CREATE INDEX IF NOT EXISTS hydrant_stream_tail ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
  );
  const head = db.prepare(
    `SELECT id, table_name, created_at FROM _stream_records ORDER BY id LIMIT ${ROWS_PER_BITE}`,
  );
  const newest = db.prepare(
    "SELECT id FROM _stream_records WHERE table_name = ? ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1",
  );
  const remove = db.prepare("DELETE FROM _stream_records WHERE id = ?");
  return {
    trim(nowMs) {
      const oldest = Math.floor(nowMs / 1000) - KEEP_SECONDS;
      const isNewest = ({ id, table_name }: Row) => newest.get(table_name)?.["id"] === id;
      const rows = (head.all() as unknown as readonly Row[]).filter(
        (row) => row.created_at < oldest && !isNewest(row),
      );
      db.exec("BEGIN IMMEDIATE");
      for (const { id } of rows) remove.run(id);
      db.exec("COMMIT");
      return rows.length > ROWS_PER_BITE / 2;
    },
    close: () => db.close(),
  };
}
