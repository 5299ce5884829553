/** The whole receiver over Glue's catalog, of which nothing but a pointer is kept there. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseLongs } from "../../../../../src/delivery/destinations/iceberg/json-longs.ts";
import type { MetadataJson } from "../../../../../src/delivery/destinations/iceberg/metadata.ts";
import type {
  CommitResult,
  GlueIcebergTables,
} from "../../../../../src/delivery/destinations/iceberg/ports.ts";
import { placeOf } from "../../../../../src/delivery/destinations/iceberg/table-files.ts";
import { tableRows } from "../../../../helpers/receivers/iceberg-rows.ts";
import { IcebergWorld, record, ROLE, SETTINGS } from "./iceberg-world.ts";

const METADATA = {
  "format-version": 2,
  "table-uuid": "00000000-0000-4000-8000-000000000001",
  location: "s3://tables/db/t",
  "last-sequence-number": 0,
  "last-updated-ms": 5,
  "current-schema-id": 0,
  schemas: [{ "schema-id": 0, fields: [{ id: 1, name: "id", type: "long", required: true }] }],
  "default-spec-id": 0,
  "partition-specs": [{ "spec-id": 0, fields: [] }],
  properties: { "write.metadata.previous-versions-max": "2" },
  "current-snapshot-id": -1,
  snapshots: [],
};

/** One table; `faults` are what becomes of the next changes. */
class GlueTwin implements GlueIcebergTables {
  location = "s3://tables/db/t/metadata/00006-first.metadata.json";
  version = 1;
  readonly faults: ("overtaken" | "answer lost" | "refused")[] = [];

  get: GlueIcebergTables["get"] = async ({ table }) =>
    table === "t"
      ? { kind: "table", metadataLocation: this.location, version: this.version }
      : { kind: "missing" };

  swap: GlueIcebergTables["swap"] = async (_place, standing, location): Promise<CommitResult> => {
    const fault = this.faults.shift();
    const away = { kind: "away", error: { errorCode: "Glue.X", errorMessage: "" } } as const;
    if (fault === "refused") return away;
    if (fault === "overtaken") this.version++;
    if (standing.version !== this.version) return { kind: "conflict" };
    this.location = location;
    this.version++;
    return fault === "answer lost" ? away : { kind: "committed" };
  };
}

async function world(metadata: Uint8Array = Buffer.from(JSON.stringify(METADATA))) {
  const made = new IcebergWorld();
  const glue = new GlueTwin();
  made.glue = glue;
  made.settings = {
    ...SETTINGS,
    catalog: { kind: "glue", region: "us-east-1", catalogId: "000000000000" },
  };
  await made.memory.put(placeOf(glue.location, ROLE), metadata);
  const current = async () => {
    const bytes = await made.memory.get(placeOf(glue.location, ROLE));
    return parseLongs(Buffer.from(bytes!).toString()) as MetadataJson;
  };
  const ids = async () => (await tableRows(await current(), made.memory)).map(({ id }) => id);
  return { made, glue, current, ids };
}

const ROWS = [record({ id: 1 }), record({ id: 2 })];

test("a commit writes the next metadata and points Glue to it", async () => {
  const { made, glue, current, ids } = await world();
  expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
  expect(await ids()).toEqual([1n, 2n]);
  expect(glue.location).toMatch(
    /^s3:\/\/tables\/db\/t\/metadata\/00007-[\da-f-]{36}\.metadata\.json$/,
  );
  const [snapshot] = (await current())["snapshots"] as [Record<string, unknown>];
  expect(await current()).toMatchObject({
    "last-sequence-number": 1,
    "last-updated-ms": made.nowMs,
    "current-snapshot-id": snapshot["snapshot-id"],
    refs: { main: { "snapshot-id": snapshot["snapshot-id"], type: "branch" } },
    "snapshot-log": [{ "snapshot-id": snapshot["snapshot-id"] }],
    "metadata-log": [
      {
        "timestamp-ms": 5,
        "metadata-file": "s3://tables/db/t/metadata/00006-first.metadata.json",
      },
    ],
  });
});

test("what the table asks for of old metadata is listed, and no more", async () => {
  const { made, current } = await world();
  for (const flush of ["f1", "f2", "f3"]) {
    await made.settle(flush, ROWS);
    made.next();
  }
  expect((await current())["metadata-log"]).toHaveLength(2);
});

test.each(["overtaken", "answer lost", "refused"] as const)(
  "a change that is %s brings every record in once",
  async (fault) => {
    const { made, glue, ids } = await world();
    glue.faults.push(fault);
    const first = await made.settle("f1", ROWS);
    if (first.kind !== "settled") {
      expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
    }
    expect(await ids()).toEqual([1n, 2n]);
  },
);

test("metadata may be compressed", async () => {
  const { made, ids } = await world(gzipSync(JSON.stringify(METADATA)));
  expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
  expect(await ids()).toEqual([1n, 2n]);
});

test("a table that Glue does not have, and one whose metadata is missing, fail their records", async () => {
  const { made, glue } = await world();
  await made.settle("f1", [record({ id: 1 }, { table: "none" })]);
  made.next();
  glue.location = "s3://tables/db/t/metadata/gone.json";
  await made.settle("f2", [record({ id: 1 })]);
  made.next();
  glue.location = "hdfs://tables/x";
  await made.settle("f3", [record({ id: 1 })]);
  expect(made.failed.map(({ error }) => error.errorCode)).toEqual([
    "Iceberg.NoSuchTable",
    "Iceberg.UnsupportedTable",
    "Iceberg.UnsupportedTable",
  ]);
});

test("a spec without fields is added for deletions", async () => {
  const partitioned = {
    ...METADATA,
    "partition-specs": [
      {
        "spec-id": 0,
        fields: [{ "field-id": 1000, name: "v", "source-id": 2, transform: "identity" }],
      },
    ],
    schemas: [
      {
        "schema-id": 0,
        "identifier-field-ids": [1],
        fields: [...METADATA.schemas[0]!.fields, { id: 2, name: "v", type: "int" }],
      },
    ],
  };
  const { made, current, ids } = await world(Buffer.from(JSON.stringify(partitioned)));
  await made.settle("f1", [record({ id: 1, v: 1 }), record({ id: 2, v: 2 })]);
  made.next();
  const flush = [record({ id: 1 }, { operation: "delete" })];
  expect((await made.settle("f2", flush)).kind).toBe("later");
  expect(await made.settle("f2", flush)).toEqual({ kind: "settled" });
  expect(await ids()).toEqual([2n]);
  expect((await current())["partition-specs"]).toHaveLength(2);
});
