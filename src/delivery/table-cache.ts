/**
 * Tables that were asked for lately. The latest version of a table is looked up again after a while, so a column that
 * is added is filled within that time; a version that is named never changes. Refusals are not kept: who mends them waits.
 */
import type { Clock } from "../clock.ts";
import { TABLE_CACHE_MAX_AGE_MS, TABLES_CACHED_MAX_COUNT } from "../limits.ts";
import { LATEST } from "./formats/conversion.ts";
import type { TableCatalog, TableResult } from "./ports.ts";

interface Entry {
  readonly result: TableResult;
  readonly untilMs: number;
}

export function cachedTables(tables: TableCatalog, clock: Clock): TableCatalog {
  const entries = new Map<string, Entry>();
  return {
    async get(table) {
      const { catalogId, databaseName, tableName, region, versionId, roleArn } = table;
      const key = JSON.stringify([catalogId, databaseName, tableName, region, versionId, roleArn]);
      const nowMs = clock.now();
      const known = entries.get(key);
      if (known !== undefined && nowMs < known.untilMs) return known.result;
      entries.delete(key);
      const result = await tables.get(table);
      if (result.kind !== "table") return result;
      if (entries.size >= TABLES_CACHED_MAX_COUNT) entries.delete(entries.keys().next().value!);
      const isFixed = versionId !== LATEST;
      const untilMs = isFixed ? Number.POSITIVE_INFINITY : nowMs + TABLE_CACHE_MAX_AGE_MS;
      entries.set(key, { result, untilMs });
      return result;
    },
  };
}
