/** Few delivery streams convert their records, and Glue's client is large: it is loaded by the first of them. */
import type { GlueClientConfig } from "@aws-sdk/client-glue";
import type { Roles } from "../sts/roles.ts";
import type { TableCatalog } from "../../delivery/ports.ts";

export function glueOnDemand(config: GlueClientConfig, roles?: Roles): TableCatalog {
  let tables: TableCatalog | undefined;
  return {
    async get(table) {
      const { glueTables } = await import("./tables.ts");
      tables ??= glueTables(config, roles);
      return tables.get(table);
    },
  };
}
