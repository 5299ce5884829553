/** The catalog that a stream's settings name. */
import type { SettleRun } from "../receivers/port.ts";
import type { ReceiverPorts } from "../receivers/ports.ts";
import { glueCatalog } from "./glue-catalog.ts";
import type { IcebergCatalog, IcebergPorts } from "./ports.ts";
import { restCatalog } from "./rest-catalog.ts";
import { type IcebergSettings, tableBucketArn } from "./settings.ts";
import type { NamedFiles } from "./table-files.ts";

export function openCatalog(
  { catalog, roleArn }: Pick<IcebergSettings, "catalog" | "roleArn">,
  { http, secrets, iceberg }: Omit<ReceiverPorts, "iceberg"> & { readonly iceberg: IcebergPorts },
  { files, run }: { readonly files: NamedFiles; readonly run: SettleRun },
): IcebergCatalog {
  const { clock, random } = run;
  const ports = { http, secrets, clock };
  switch (catalog.kind) {
    case "glue": {
      const { region, catalogId } = catalog;
      const { glue } = iceberg;
      return glueCatalog({ glue, files, clock, random }, { region, catalogId, roleArn });
    }
    case "s3tables": {
      const { region } = catalog;
      return restCatalog(ports, {
        url: `https://s3tables.${region}.amazonaws.com/iceberg`,
        warehouse: tableBucketArn(catalog),
        signing: "s3tables",
        region,
        roleArn,
      });
    }
    case "rest": {
      const place = Object.hasOwn(iceberg.catalogs, catalog.name)
        ? iceberg.catalogs[catalog.name]
        : undefined;
      if (place === undefined) return unlisted(catalog.name);
      return restCatalog(ports, { ...place, region: catalog.region, roleArn });
    }
  }
}

/** It was listed when the stream was made. */
function unlisted(name: string): IcebergCatalog {
  const error = {
    errorCode: "Iceberg.CatalogError",
    errorMessage: `The deployment lists no catalog ${name} any more.`,
  };
  const away = { kind: "away", error } as const;
  return { load: async () => away, commit: async () => away };
}
