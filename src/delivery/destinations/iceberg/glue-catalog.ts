/**
 * Tables of the Glue Data Catalog: it keeps where a table's metadata lies, and all else is done here. A commit writes the next
 * metadata beside the last and has Glue point to it, if nobody has been faster.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html
 */
import { gunzipSync } from "node:zlib";
import type { Clock } from "../../../clock.ts";
import { ICEBERG_ANSWER_MAX_BYTES } from "../../../limits.ts";
import { type Random, randomUuid } from "../../../random.ts";
import type { TableName } from "./errors.ts";
import { parseLongs, printLongs } from "./json-longs.ts";
import { type MetadataJson, readTable, updatedMetadata } from "./metadata.ts";
import type { GlueIcebergTables, GluePlace, GlueTable, IcebergCatalog } from "./ports.ts";
import { fileError, metadataFolder, type NamedFiles, UnknownLocation } from "./table-files.ts";

export interface GlueCatalogPorts {
  readonly glue: GlueIcebergTables;
  readonly files: NamedFiles;
  readonly clock: Clock;
  readonly random: Random;
}

export function glueCatalog(
  { glue, files, clock, random }: GlueCatalogPorts,
  place: Omit<GluePlace, keyof TableName>,
): IcebergCatalog {
  return {
    async load(name) {
      const found = await glue.get({ ...place, ...name });
      if (found.kind !== "table") return found;
      const { metadataLocation } = found;
      try {
        const bytes = await files.get(metadataLocation);
        if (bytes === undefined) {
          return { kind: "unsupported", detail: `its metadata ${metadataLocation} is missing` };
        }
        const json = parseLongs(textOf(bytes)) as MetadataJson;
        return { kind: "table", table: readTable(json), version: found };
      } catch (error) {
        if (error instanceof UnknownLocation) return { kind: "unsupported", detail: error.message };
        return { kind: "away", error: fileError(error) };
      }
    },

    async commit(name, { table, version }, updates) {
      const standing = version as GlueTable;
      const { metadataLocation: location } = standing;
      try {
        const next = updatedMetadata(table.json, updates, { location, nowMs: clock.now() });
        const nextLocation = nextMetadataLocation(metadataFolder(table), location, random);
        await files.put(nextLocation, Buffer.from(printLongs(next)));
        return await glue.swap({ ...place, ...name }, standing, nextLocation);
      } catch (error) {
        return { kind: "away", error: fileError(error) };
      }
    },
  };
}

function textOf(bytes: Uint8Array): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isGzip ? gunzipSync(bytes, { maxOutputLength: ICEBERG_ANSWER_MAX_BYTES }) : bytes;
  return Buffer.from(plain).toString();
}

const VERSION_DIGITS = 5;

/** `…/00007-<uuid>.metadata.json` behind `…/00006-….metadata.json`. */
function nextMetadataLocation(folder: string, location: string, random: Random): string {
  const [, version = "0"] = /\/(\d+)-[^/]*$/.exec(location) ?? [];
  const next = String(Number(version) + 1).padStart(VERSION_DIGITS, "0");
  return `${folder}/${next}-${randomUuid(random)}.metadata.json`;
}
