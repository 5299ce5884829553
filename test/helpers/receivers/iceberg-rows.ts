/** The rows of a table as its main branch has them: manifests, files and deletions put together as the specification says. */
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { type AvroRecord, readAvroFile } from "../../../src/delivery/destinations/iceberg/avro.ts";
import type { MetadataJson } from "../../../src/delivery/destinations/iceberg/metadata.ts";
import type { TableFiles } from "../../../src/delivery/destinations/iceberg/ports.ts";
import { placeOf } from "../../../src/delivery/destinations/iceberg/table-files.ts";

export interface LiveFile {
  readonly path: string;
  readonly content: number;
  readonly sequenceNumber: bigint;
  readonly specId: number;
  readonly partition: AvroRecord;
  readonly file: AvroRecord;
}

export async function liveFiles(metadata: MetadataJson, files: TableFiles): Promise<LiveFile[]> {
  const { main } = metadata["refs"] as { readonly main?: { readonly "snapshot-id": bigint } };
  if (main === undefined) return [];
  const snapshots = metadata["snapshots"] as readonly Record<string, unknown>[];
  const current = snapshots.find(
    (one) => String(one["snapshot-id"]) === String(main["snapshot-id"]),
  )!;
  if (current["manifest-list"] === undefined) return [];
  const live: LiveFile[] = [];
  for (const manifest of await avro(files, current["manifest-list"] as string)) {
    for (const entry of await avro(files, manifest["manifest_path"] as string)) {
      const file = entry["data_file"] as AvroRecord;
      if (entry["status"] === 2) continue;
      live.push({
        path: file["file_path"] as string,
        content: file["content"] as number,
        sequenceNumber: (entry["sequence_number"] ?? manifest["sequence_number"]) as bigint,
        specId: manifest["partition_spec_id"] as number,
        partition: file["partition"] as AvroRecord,
        file,
      });
    }
  }
  return live;
}

export async function tableRows(
  metadata: MetadataJson,
  files: TableFiles,
): Promise<Record<string, unknown>[]> {
  const live = await liveFiles(metadata, files);
  const deletes: { file: LiveFile; rows: Record<string, unknown>[] }[] = [];
  for (const file of live) {
    if (file.content === 2) deletes.push({ file, rows: await parquetRows(files, file.path) });
  }
  const rows: Record<string, unknown>[] = [];
  for (const data of live) {
    if (data.content !== 0) continue;
    const gone = new Set<string>();
    let names: readonly string[] = [];
    for (const { file, rows: keys } of deletes) {
      if (file.sequenceNumber <= data.sequenceNumber) continue;
      const isGlobal = Object.keys(file.partition).length === 0;
      const isSame = text(file.partition) === text(data.partition) && file.specId === data.specId;
      if (!isGlobal && !isSame) continue;
      for (const key of keys) {
        names = Object.keys(key);
        gone.add(text(key));
      }
    }
    for (const row of await parquetRows(files, data.path)) {
      const key = Object.fromEntries(names.map((name) => [name, row[name]]));
      if (names.length === 0 || !gone.has(text(key))) rows.push(row);
    }
  }
  return rows;
}

async function avro(files: TableFiles, location: string): Promise<readonly AvroRecord[]> {
  return readAvroFile((await files.get(placeOf(location, "")))!).records;
}

export async function parquetRows(
  files: TableFiles,
  location: string,
): Promise<Record<string, unknown>[]> {
  const bytes = (await files.get(placeOf(location, "")))!;
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return parquetReadObjects({ file: file as ArrayBuffer, compressors });
}

export function text(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "bigint" ? `${member}n` : member,
  );
}
