/**
 * Takes over what an earlier version kept in a database of another layout: all of it in one transaction that also
 * notes that it is done, so that a start which is killed over it begins again.
 */
import type { DatabaseSync } from "node:sqlite";
import type { ObjectFacts, StoredPart, UploadFacts } from "./facts.ts";
import { bodyWriter } from "./pieces.ts";

type Row = Readonly<Record<string, unknown>>;

export function takeOver(db: DatabaseSync, olderFile: string, schemaVersion: number): void {
  db.prepare("ATTACH DATABASE ? AS older").run(olderFile);
  db.exec("BEGIN IMMEDIATE");
  const writeBody = bodyWriter(db);
  const rows = (table: string) =>
    db.prepare(`SELECT * FROM older.${table}`).iterate() as Iterable<Row>;
  const insert = (table: string, ...values: (string | number)[]) =>
    db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`).run(...values);

  for (const row of rows("s3_buckets")) {
    insert("buckets", text(row["name"]), Date.parse(text(row["creation_date"])));
  }
  for (const row of rows("s3_objects")) {
    const body = writeBody(row["body"] as Uint8Array);
    const facts: ObjectFacts = {
      ...describedBy(row),
      etag: bare(row["etag"]),
      lastModifiedMs: Date.parse(text(row["last_modified"])),
      length: body.length,
      bodies: [body],
      ...partsOf(row),
      ...checksumOf(row),
    };
    insert("objects", text(row["bucket"]), text(row["key"]), JSON.stringify(facts));
  }
  for (const row of rows("s3_multipart_uploads")) {
    const algorithm = row["checksum_algorithm"];
    const facts = {
      ...describedBy(row),
      initiatedAtMs: Date.parse(text(row["initiated"])),
      ...(algorithm !== null && { checksum: { algorithm, type: "COMPOSITE" } }),
    } as UploadFacts;
    insert(
      "uploads",
      text(row["upload_id"]),
      text(row["bucket"]),
      text(row["key"]),
      JSON.stringify(facts),
    );
  }
  for (const row of rows("s3_multipart_parts")) {
    const part: StoredPart = {
      number: Number(row["part_number"]),
      etag: bare(row["etag"]),
      lastModifiedMs: Date.parse(text(row["last_modified"])),
      body: writeBody(row["body"] as Uint8Array),
      ...(row["checksum_value"] !== null && { checksum: text(row["checksum_value"]) }),
    };
    insert("parts", text(row["upload_id"]), part.number, JSON.stringify(part));
  }
  db.exec(`PRAGMA user_version = ${schemaVersion}`);
  db.exec("COMMIT");
  db.exec("DETACH DATABASE older");
}

const text = (value: unknown): string => String(value);
const bare = (etag: unknown): string => text(etag).replaceAll('"', "");

const HEADERS: Readonly<Record<string, string>> = {
  content_language: "content-language",
  content_disposition: "content-disposition",
  cache_control: "cache-control",
  content_encoding: "content-encoding",
};

function describedBy(row: Row) {
  const metadata = JSON.parse(text(row["metadata"])) as Readonly<Record<string, string>>;
  const headers = Object.fromEntries([
    ...Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ...Object.entries(HEADERS).flatMap(([column, name]) =>
      row[column] === null ? [] : [[name, text(row[column])]],
    ),
  ]) as Readonly<Record<string, string>>;
  return { contentType: text(row["content_type"]), headers };
}

function partsOf(row: Row): Pick<ObjectFacts, "parts"> {
  if (row["parts"] === null) return {};
  const checksums = JSON.parse(text(row["part_checksums"] ?? "[]")) as readonly string[];
  const parts = JSON.parse(text(row["parts"])) as readonly {
    readonly partNumber: number;
    readonly length: number;
  }[];
  return {
    parts: parts.map(({ partNumber, length }, index) => ({
      number: partNumber,
      length,
      ...(checksums[index] !== undefined && { checksum: checksums[index] }),
    })),
  };
}

function checksumOf(row: Row): Pick<ObjectFacts, "checksum"> {
  if (row["checksum_algorithm"] === null) return {};
  return {
    checksum: {
      algorithm: row["checksum_algorithm"],
      value: row["checksum_value"],
      type: row["checksum_type"],
    } as NonNullable<ObjectFacts["checksum"]>,
  };
}
