/** Glue's adapter against the local Glue, which reads a file of functions, and the cache in front of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createGlue } from "../../../offline/services/glue.ts";
import { readTables, tablesIn } from "../../../offline/tables.ts";
import type { TableReference } from "../../../src/delivery/ports.ts";
import { cachedTables } from "../../../src/delivery/table-cache.ts";
import { TABLE_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";
import { glueTables } from "../../../src/storage/glue/tables.ts";
import { memoryTables } from "../../../src/storage/memory/tables.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-tables-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, "functions.yml");
const write = (text: string) => writeFileSync(file, text);

const EVENTS: TableReference = {
  databaseName: "analytics",
  tableName: "events",
  versionId: "LATEST",
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function catalogAt(glue: Server) {
  server = glue;
  await new Promise<void>((resolve) => glue.listen(0, "127.0.0.1", resolve));
  return glueTables({
    endpoint: `http://127.0.0.1:${(glue.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
}

const localCatalog = () => catalogAt(createGlue(() => tablesIn(file)));

test("a table has the columns that the file gives it, and another's once it was edited", async () => {
  write('tables: { analytics.events: { id: bigint, who: "struct<name:string>" } }');
  const catalog = await localCatalog();
  const columns = [
    { Name: "id", Type: "bigint" },
    { Name: "who", Type: "struct<name:string>" },
  ];
  expect(await catalog.get(EVENTS)).toEqual({ kind: "table", columns });
  write("tables: { analytics.events: { id: string } }");
  expect(await catalog.get({ ...EVENTS, region: "eu-west-1", catalogId: "1" })).toEqual({
    kind: "table",
    columns: [{ Name: "id", Type: "string" }],
  });
});

test("a table that Glue printed is taken as it is, by its version, too", async () => {
  const StorageDescriptor = { Columns: [{ Name: "id", Type: "int" }], Location: "s3://x/" };
  const Table = { Name: "other", CreateTime: "2026-01-02", VersionId: "3", StorageDescriptor };
  writeFileSync(join(directory, "events.json"), JSON.stringify({ Table }));
  write("tables: { analytics.events: events.json }");
  const catalog = await localCatalog();
  const found = { kind: "table", columns: [{ Name: "id", Type: "int" }] };
  expect(await catalog.get(EVENTS)).toEqual(found);
  expect(await catalog.get({ ...EVENTS, versionId: "3" })).toEqual(found);
  expect(await catalog.get({ ...EVENTS, versionId: "4" })).toEqual({ kind: "not found" });
});

test("what is not there is not found; a file that cannot be read is an error to be tried again", async () => {
  write("clean: { handler: clean.handler }");
  const catalog = await localCatalog();
  expect(await catalog.get(EVENTS)).toEqual({ kind: "not found" });
  write("tables: { analytics.events: 5 }");
  await expect(catalog.get(EVENTS)).rejects.toThrow(
    /^Glue did not show the table analytics\.events: InternalServiceException: .*must have columns/,
  );
});

test.each([
  ["AccessDeniedException", { kind: "refused", reason: "AccessDenied", detail: "no" }],
  ["InvalidInputException", { kind: "refused", reason: "InvalidInput", detail: "no" }],
])("%s is an answer, and not tried again", async (type, result) => {
  const catalog = await catalogAt(
    createServer((_request, response) => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ __type: type, Message: "no" }));
    }),
  );
  expect(await catalog.get(EVENTS)).toEqual(result);
});

test.each([
  [[], "tables must map"],
  [{ events: { id: "int" } }, "must be named by database and table"],
  [{ "a.b": { id: null } }, "must have a type for the column id"],
  [{ "a.b": "nowhere.json" }, "is to be read from"],
])("%j is refused", (given, problem) => {
  expect(() => readTables(file, given)).toThrow(problem);
});

test("the latest version is looked up again after a while, a named one never, a missing one at once", async () => {
  const tables = memoryTables();
  const clock = steppingClock(0);
  const cached = cachedTables(tables, clock);
  const typeOf = async (versionId: string) => {
    const found = await cached.get({ ...EVENTS, versionId });
    return found.kind === "table" ? found.columns[0]?.Type : found.kind;
  };
  expect(await typeOf("LATEST")).toBe("not found");
  tables.put("analytics.events", [{ Name: "id", Type: "int" }]);
  expect([await typeOf("LATEST"), await typeOf("0")]).toEqual(["int", "int"]);
  tables.put("analytics.events", [{ Name: "id", Type: "bigint" }]);
  expect(await typeOf("LATEST")).toBe("int");
  await clock.sleep(TABLE_CACHE_MAX_AGE_MS);
  expect(await typeOf("LATEST")).toBe("bigint");
  tables.remove("analytics.events");
  expect([await typeOf("LATEST"), await typeOf("0")]).toEqual(["bigint", "int"]);
});

describe("a catalog that refuses", () => {
  const refusing = (status: number, type: string) =>
    catalogAt(
      createServer((_, response) => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify({ __type: type, Message: "said Glue" }));
      }),
    );

  test.each(["GlueEncryptionException", "ValidationException", "FederationSourceException"])(
    "for good is told as that: %s",
    async (type) => {
      const catalog = await refusing(400, type);
      expect(await catalog.get(EVENTS)).toEqual({
        kind: "refused",
        reason: "InvalidInput",
        detail: `${type}: said Glue`,
      });
    },
  );

  test.each([
    [400, "ThrottlingException"],
    [400, "OperationTimeoutException"],
    [400, "ExpiredTokenException"],
    [500, "InternalServiceException"],
  ])("for now is asked again: %i %s", async (status, type) => {
    const catalog = await refusing(status, type);
    await expect(catalog.get(EVENTS)).rejects.toThrow(`${type}: said Glue`);
  });
});
