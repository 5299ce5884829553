/** A catalog in memory. Nothing a user runs uses it. */
import type { TableColumn } from "../../delivery/formats/schema.ts";
import type { TableCatalog } from "../../delivery/ports.ts";

export interface MemoryTables extends TableCatalog {
  /** A new version of the table, the first one being 0. @param name `analytics.events` */
  put(name: string, columns: readonly TableColumn[]): void;
  remove(name: string): void;
}

export function memoryTables(): MemoryTables {
  const versionsOf = new Map<string, (readonly TableColumn[])[]>();
  return {
    async get({ databaseName, tableName, versionId }) {
      const name = `${databaseName}.${tableName}`;
      const versions = versionsOf.get(name) ?? [];
      const columns = versions.at(versionId === "LATEST" ? -1 : Number(versionId));
      return columns === undefined ? { kind: "not found" } : { kind: "table", columns };
    },
    put(name, columns) {
      versionsOf.set(name, [...(versionsOf.get(name) ?? []), columns]);
    },
    remove: (name) => void versionsOf.delete(name),
  };
}
