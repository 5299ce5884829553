/** Few delivery streams write to tables, and Glue's client is large: it is loaded by the first of them. */
import type { GlueClientConfig } from "@aws-sdk/client-glue";
import type { GlueIcebergTables } from "../../delivery/destinations/iceberg/ports.ts";
import type { Roles } from "../sts/roles.ts";

export function glueIcebergOnDemand(config: GlueClientConfig, roles?: Roles): GlueIcebergTables {
  let tables: GlueIcebergTables | undefined;
  async function loaded(): Promise<GlueIcebergTables> {
    const { glueIcebergTables } = await import("./iceberg-tables.ts");
    tables ??= glueIcebergTables(config, roles);
    return tables;
  }
  return {
    get: async (place) => (await loaded()).get(place),
    swap: async (...call) => (await loaded()).swap(...call),
  };
}
