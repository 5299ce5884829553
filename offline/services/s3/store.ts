/**
 * Buckets, objects and uploads in SQLite. Bodies lie in pieces beside the rows that describe them, so that a
 * listing reads no bodies and a range no more than it must; an upload's parts become an object without being
 * copied. A row and its body change in one transaction, in a write-ahead log that survives the end of any process
 * (a power cut may lose the last moments, which a laptop's data may).
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type {
  Body,
  ObjectFacts,
  StoredObject,
  StoredPart,
  StoredUpload,
  UploadFacts,
} from "./facts.ts";
import { bodyWriter, PIECE_BYTES } from "./pieces.ts";
import { takeOver } from "./takeover.ts";

const SCHEMA_VERSION = 1;

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
  bucket TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (bucket, key, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
  bucket TEXT NOT NULL, key TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, facts TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uploads_in_order ON uploads (bucket, key, id);
CREATE TABLE IF NOT EXISTS parts (
  upload_id TEXT NOT NULL, number INTEGER NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pieces (body INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS pieces_in_order ON pieces (body, number);
CREATE TABLE IF NOT EXISTS dropped (body INTEGER PRIMARY KEY);
DELETE FROM pieces WHERE body IN (SELECT body FROM dropped);
DELETE FROM dropped;
`;

export type S3Store = ReturnType<typeof openStore>;

/** Without a directory everything stays in memory. */
export function openStore(directory?: string) {
  const db = openDatabase(directory);
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    return {
      run: (...values: SQLInputValue[]) => Number(statement.run(...values).changes),
      get: (...values: SQLInputValue[]) => statement.get(...values),
      all: (...values: SQLInputValue[]) => statement.all(...values),
    };
  };
  const writeBody = bodyWriter(db);
  const sql = {
    insertBucket: prepare("INSERT INTO buckets VALUES (?, ?) ON CONFLICT DO NOTHING"),
    bucket: prepare("SELECT created_at FROM buckets WHERE name = ?"),
    buckets: prepare("SELECT name, created_at FROM buckets ORDER BY name"),
    deleteBucket: prepare("DELETE FROM buckets WHERE name = ?"),
    putDocument: prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)"),
    document: prepare("SELECT document FROM documents WHERE bucket = ? AND key = ? AND name = ?"),
    deleteDocument: prepare("DELETE FROM documents WHERE bucket = ? AND key = ? AND name = ?"),
    deleteDocuments: prepare("DELETE FROM documents WHERE bucket = ?"),
    putObject: prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)"),
    object: prepare("SELECT facts FROM objects WHERE bucket = ? AND key = ?"),
    objectsFrom: prepare(
      "SELECT key, facts FROM objects WHERE bucket = ? AND key >= ? ORDER BY key LIMIT ?",
    ),
    deleteObject: prepare("DELETE FROM objects WHERE bucket = ? AND key = ?"),
    insertUpload: prepare("INSERT INTO uploads VALUES (?, ?, ?, ?)"),
    upload: prepare("SELECT * FROM uploads WHERE id = ?"),
    uploads: prepare("SELECT * FROM uploads WHERE bucket = ? ORDER BY key, id"),
    deleteUpload: prepare("DELETE FROM uploads WHERE id = ?"),
    putPart: prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)"),
    part: prepare("SELECT facts FROM parts WHERE upload_id = ? AND number = ?"),
    parts: prepare("SELECT facts FROM parts WHERE upload_id = ? ORDER BY number"),
    deleteParts: prepare("DELETE FROM parts WHERE upload_id = ?"),
    piece: prepare("SELECT bytes FROM pieces WHERE body = ? AND number = ?"),
    deletePieces: prepare("DELETE FROM pieces WHERE body = ?"),
    insertDropped: prepare("INSERT INTO dropped VALUES (?) ON CONFLICT DO NOTHING"),
    deleteDropped: prepare("DELETE FROM dropped WHERE body = ?"),
  };
  /** Bodies that are being read, how often, and whether they are to go when that is over. */
  const readers = new Map<number, { count: number; isDropped: boolean }>();

  function atomically<T>(work: () => T): T {
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }

  function dropBodies(bodies: readonly Body[]): void {
    for (const { id } of bodies) {
      const reader = readers.get(id);
      if (reader === undefined) sql.deletePieces.run(id);
      else {
        reader.isDropped = true;
        // Whoever reads may be killed.
        sql.insertDropped.run(id);
      }
    }
  }

  function getObject(bucket: string, key: string): StoredObject | undefined {
    const facts = sql.object.get(bucket, key)?.["facts"];
    return facts === undefined ? undefined : { key, ...(JSON.parse(String(facts)) as ObjectFacts) };
  }

  function place(bucket: string, key: string, facts: ObjectFacts, tags: string | undefined): void {
    dropBodies(getObject(bucket, key)?.bodies ?? []);
    sql.putObject.run(bucket, key, JSON.stringify(facts));
    sql.deleteDocument.run(bucket, key, "tagging");
    if (tags !== undefined) sql.putDocument.run(bucket, key, "tagging", tags);
  }

  const toUpload = (row: Record<string, unknown>): StoredUpload => ({
    id: String(row["id"]),
    bucket: String(row["bucket"]),
    key: String(row["key"]),
    ...(JSON.parse(String(row["facts"])) as UploadFacts),
  });
  const toPart = (row: Record<string, unknown>) => JSON.parse(String(row["facts"])) as StoredPart;

  const getParts = (uploadId: string) => sql.parts.all(uploadId).map(toPart);

  function forgetUpload(id: string): void {
    sql.deleteUpload.run(id);
    sql.deleteParts.run(id);
  }

  function dropUpload(id: string): void {
    dropBodies(getParts(id).map(({ body }) => body));
    forgetUpload(id);
  }

  return {
    createBucket: (name: string, nowMs: number) => sql.insertBucket.run(name, nowMs) > 0,
    hasBucket: (name: string) => sql.bucket.get(name) !== undefined,
    listBuckets: () =>
      sql.buckets.all().map((row) => ({
        name: String(row["name"]),
        createdAtMs: Number(row["created_at"]),
      })),
    isEmpty: (name: string) => sql.objectsFrom.all(name, "", 1).length === 0,
    /** With the uploads that are under way in it. */
    deleteBucket: (name: string) =>
      atomically(() => {
        for (const row of sql.uploads.all(name)) dropUpload(String(row["id"]));
        sql.deleteBucket.run(name);
        sql.deleteDocuments.run(name);
      }),

    /** What is kept of a bucket (`key` is "") or of an object beside itself, such as its tags. */
    getDocument(bucket: string, key: string, name: string): string | undefined {
      const document = sql.document.get(bucket, key, name)?.["document"];
      return document === undefined ? undefined : String(document);
    },
    putDocument: (bucket: string, key: string, name: string, document: string) =>
      void sql.putDocument.run(bucket, key, name, document),
    deleteDocument: (bucket: string, key: string, name: string) =>
      void sql.deleteDocument.run(bucket, key, name),

    getObject,
    putObject: (
      bucket: string,
      key: string,
      bytes: Uint8Array,
      facts: Omit<ObjectFacts, "bodies" | "length">,
      tags: string | undefined,
    ) =>
      atomically(() => {
        const bodies = [writeBody(bytes)];
        place(bucket, key, { ...facts, length: bytes.length, bodies }, tags);
      }),
    /** The same body, or none, under other facts. */
    changeFacts: (bucket: string, key: string, facts: ObjectFacts) =>
      void sql.putObject.run(bucket, key, JSON.stringify(facts)),
    deleteObject: (bucket: string, key: string) =>
      atomically(() => {
        dropBodies(getObject(bucket, key)?.bodies ?? []);
        sql.deleteObject.run(bucket, key);
        sql.deleteDocument.run(bucket, key, "tagging");
      }),
    /** In byte order, from `from` on, itself included. */
    listObjects: (bucket: string, from: string, count: number): readonly StoredObject[] =>
      sql.objectsFrom.all(bucket, from, count).map((row) => ({
        key: String(row["key"]),
        ...(JSON.parse(String(row["facts"])) as ObjectFacts),
      })),

    createUpload: (upload: StoredUpload) => {
      const { id, bucket, key, ...facts } = upload;
      sql.insertUpload.run(id, bucket, key, JSON.stringify(facts satisfies UploadFacts));
    },
    getUpload(id: string): StoredUpload | undefined {
      const row = sql.upload.get(id);
      return row === undefined ? undefined : toUpload(row);
    },
    /** By key, in byte order. */
    listUploads: (bucket: string): readonly StoredUpload[] => sql.uploads.all(bucket).map(toUpload),
    putPart: (uploadId: string, bytes: Uint8Array, facts: Omit<StoredPart, "body">) =>
      atomically(() => {
        const replaced = sql.part.get(uploadId, facts.number);
        if (replaced !== undefined) dropBodies([toPart(replaced).body]);
        const part: StoredPart = { ...facts, body: writeBody(bytes) };
        sql.putPart.run(uploadId, facts.number, JSON.stringify(part));
      }),
    listParts: getParts,
    abortUpload: (id: string) => atomically(() => dropUpload(id)),
    /** The upload becomes an object whose bodies are some of its parts'; the others go. */
    completeUpload: ({ id, bucket, key, tags }: StoredUpload, facts: ObjectFacts) =>
      atomically(() => {
        const kept = new Set(facts.bodies.map((body) => body.id));
        const parts = getParts(id).map(({ body }) => body);
        dropBodies(parts.filter((body) => !kept.has(body.id)));
        place(bucket, key, facts, tags);
        forgetUpload(id);
      }),

    /**
     * The bytes from `start` up to `end`, in pieces. Until it is read to its end or left, what is read stays, also when
     * the object is replaced meanwhile.
     */
    *read(bodies: readonly Body[], start: number, end: number): Generator<Uint8Array> {
      for (const { id } of bodies) {
        const reader = readers.get(id) ?? { count: 0, isDropped: false };
        reader.count += 1;
        readers.set(id, reader);
      }
      try {
        let offset = 0;
        for (const { id, length } of bodies) {
          const from = Math.max(start - offset, 0);
          const to = Math.min(end - offset, length);
          for (let at = from; at < to;) {
            const number = Math.floor(at / PIECE_BYTES);
            const piece = sql.piece.get(id, number)?.["bytes"] as Uint8Array | undefined;
            if (piece === undefined) throw new Error(`piece ${number} of body ${id} is missing`);
            const base = number * PIECE_BYTES;
            yield piece.subarray(at - base, Math.min(to - base, piece.length));
            at = base + piece.length;
          }
          offset += length;
        }
      } finally {
        for (const { id } of bodies) {
          const reader = readers.get(id);
          if (reader === undefined || --reader.count > 0) continue;
          readers.delete(id);
          if (!reader.isDropped) continue;
          sql.deletePieces.run(id);
          sql.deleteDropped.run(id);
        }
      }
    },

    close: () => db.close(),
  };
}

function openDatabase(directory: string | undefined): DatabaseSync {
  if (directory === undefined) {
    const memory = new DatabaseSync(":memory:");
    memory.exec(SCHEMA);
    return memory;
  }
  mkdirSync(directory, { recursive: true });
  const db = new DatabaseSync(join(directory, "objects.db"));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(SCHEMA);
  const older = join(directory, "fauxqs.db");
  if (existsSync(older)) {
    if (db.prepare("PRAGMA user_version").get()?.["user_version"] !== SCHEMA_VERSION) {
      takeOver(db, older, SCHEMA_VERSION);
    }
    for (const end of ["", "-wal", "-shm"]) rmSync(older + end, { force: true });
  }
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  return db;
}
