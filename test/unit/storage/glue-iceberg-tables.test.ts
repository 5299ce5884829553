/** What of Glue's tables is read and changed, and under which condition. */
import {
  AccessDeniedException,
  ConcurrentModificationException,
  EntityNotFoundException,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, expect, test } from "vitest";
import { glueIcebergTables } from "../../../src/storage/glue/iceberg-tables.ts";

const glue = mockClient(GlueClient);
afterEach(() => glue.reset());

const PLACE = {
  region: "eu-west-1",
  catalogId: "111122223333",
  database: "Lake",
  table: "Events",
  roleArn: "arn:aws:iam::111122223333:role/firehose",
};
const TABLE = {
  Name: "events",
  DatabaseName: "lake",
  CreatedBy: "somebody",
  VersionId: "7",
  TableType: "EXTERNAL_TABLE",
  StorageDescriptor: { Location: "s3://lake/events" },
  Parameters: { table_type: "ICEBERG", metadata_location: "s3://lake/1.json", other: "kept" },
};
const METADATA = { $metadata: {}, message: "no" };

test("a table's pointer is changed, and nothing else of it", async () => {
  glue.on(GetTableCommand).resolves({ Table: TABLE });
  glue.on(UpdateTableCommand).resolves({});
  const tables = glueIcebergTables();
  const found = await tables.get(PLACE);
  expect(found).toMatchObject({ kind: "table", metadataLocation: "s3://lake/1.json" });
  if (found.kind !== "table") throw new Error("no table");
  expect(await tables.swap(PLACE, found, "s3://lake/2.json")).toEqual({ kind: "committed" });
  expect(glue.commandCalls(GetTableCommand)[0]!.args[0].input).toEqual({
    CatalogId: "111122223333",
    DatabaseName: "lake",
    Name: "events",
  });
  expect(glue.commandCalls(UpdateTableCommand)[0]!.args[0].input).toEqual({
    CatalogId: "111122223333",
    DatabaseName: "lake",
    SkipArchive: true,
    VersionId: "7",
    TableInput: {
      Name: "events",
      TableType: "EXTERNAL_TABLE",
      StorageDescriptor: { Location: "s3://lake/events" },
      Parameters: {
        table_type: "ICEBERG",
        metadata_location: "s3://lake/2.json",
        previous_metadata_location: "s3://lake/1.json",
        other: "kept",
      },
    },
  });
});

test("what Glue says is told apart", async () => {
  const tables = glueIcebergTables();
  glue.on(GetTableCommand).rejectsOnce(new EntityNotFoundException(METADATA));
  expect(await tables.get(PLACE)).toEqual({ kind: "missing" });
  glue.reset();
  glue.on(GetTableCommand).resolvesOnce({ Table: { ...TABLE, Parameters: {} } });
  expect(await tables.get(PLACE)).toMatchObject({ kind: "unsupported" });
  glue.reset();
  glue.on(GetTableCommand).rejectsOnce(new AccessDeniedException(METADATA));
  expect(await tables.get(PLACE)).toMatchObject({ error: { errorCode: "Glue.AccessDenied" } });

  const standing = { metadataLocation: "s3://lake/1.json", version: TABLE };
  const swap = () => tables.swap(PLACE, standing, "s3://lake/2.json");
  glue.on(UpdateTableCommand).rejectsOnce(new ConcurrentModificationException(METADATA));
  expect(await swap()).toEqual({ kind: "conflict" });
  glue.reset();
  glue.on(UpdateTableCommand).rejectsOnce(new Error("socket hang up"));
  expect(await swap()).toMatchObject({ kind: "away" });
});
