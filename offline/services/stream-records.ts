/**
 * Upkeep of dynoxide's stream table through a second connection. Each streamed write asks for the highest
 * sequence number of its table; without an index that reads every row, and writes slow down as rows gather.
 * Rows older than a day go, as in AWS; the newest stays, because numbering continues from it.
 */
import { DatabaseSync } from "node:sqlite";

const KEEP_SECONDS = 24 * 60 * 60;
/** Small bites: the writer waits while one is taken. */
const ROWS_PER_BITE = 500;

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
  const trim = db.prepare(
    `DELETE FROM _stream_records WHERE id IN (
       SELECT id FROM _stream_records
       WHERE created_at < ? AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name)
       ORDER BY id LIMIT ${ROWS_PER_BITE})`,
  );
  return {
    trim(nowMs) {
      const oldest = Math.floor(nowMs / 1000) - KEEP_SECONDS;
      return trim.run(oldest).changes === ROWS_PER_BITE;
    },
    close: () => db.close(),
  };
}
