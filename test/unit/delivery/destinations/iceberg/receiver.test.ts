import { describe, expect, test } from "vitest";
import { IcebergWorld, record, SETTINGS } from "./iceberg-world.ts";

const SCHEMA = {
  fields: [
    { id: 1, name: "id", type: "long", required: true },
    { id: 2, name: "name", type: "string", required: false },
    { id: 3, name: "at", type: "timestamptz", required: false },
  ],
  "identifier-field-ids": [1],
};

function world(table: object = {}): IcebergWorld {
  const made = new IcebergWorld();
  made.catalog.create("db.t", { schema: SCHEMA, ...table });
  return made;
}

async function names(made: IcebergWorld, table?: string): Promise<string[]> {
  return (await made.rows(table)).map(({ id, name }) => `${String(id)} ${String(name)}`).toSorted();
}

const ROWS = [1, 2, 3, 4, 5].map((id) => record({ id, name: `n${id}` }));
const ALL = ["1 n1", "2 n2", "3 n3", "4 n4", "5 n5"];

describe("appending", () => {
  test("brings a flush in with one commit that carries its id", async () => {
    const made = world();
    expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(ALL);
    const [snapshot] = made.catalog.metadata("db.t")["snapshots"] as [Record<string, unknown>];
    expect(snapshot["summary"]).toMatchObject({
      operation: "append",
      "hydrant.flush-id": expect.stringMatching(/^[\da-f-]{36}$/),
      "added-records": "5",
      "total-records": "5",
    });
  });

  test("keeps what earlier flushes brought in", async () => {
    const made = world();
    await made.settle("f1", ROWS.slice(0, 2));
    made.next();
    await made.settle("f2", ROWS.slice(2));
    expect(await names(made)).toEqual(ALL);
    const snapshots = made.catalog.metadata("db.t")["snapshots"] as Record<string, unknown>[];
    expect(snapshots[1]).toMatchObject({
      "sequence-number": 2,
      "parent-snapshot-id": snapshots[0]!["snapshot-id"],
      summary: { "total-records": "5", "total-data-files": "2" },
    });
  });

  test("fails what does not fit, and brings in the rest", async () => {
    const made = world();
    const flush = [
      record({ id: 1, name: "a" }),
      record({ id: "x", name: "b" }),
      record({ name: "no id" }),
      record({ other: 1 }),
      record("[1]"),
      record('{"id":1}{"id":2}'),
      record("{"),
    ];
    expect(await made.settle("f1", flush)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["1 a"]);
    expect(made.measured).toEqual([
      ["DeliveryToIceberg.IncomingRowCount", 7],
      ["DeliveryToIceberg.SuccessfulRowCount", 1],
      ["DeliveryToIceberg.FailedRowCount", 6],
    ]);
    expect(made.failed.map(({ error }) => error.errorCode)).toEqual([
      "Iceberg.IncompatibleType",
      "Iceberg.MissingColumnWithinRecord",
      "Iceberg.MissingColumnWithinRecord",
      "Iceberg.MalformedRecord",
      "Iceberg.MalformedRecord",
      "Iceberg.MalformedRecord",
    ]);
  });

  test("commits nothing where every record fails", async () => {
    const made = world();
    expect(await made.settle("f1", [record({ id: "x" })])).toEqual({ kind: "settled" });
    expect(made.catalog.metadata("db.t")["snapshots"]).toEqual([]);
    expect(made.memory.list()).toEqual([]);
  });

  test("fails the records of a table that is not there, or is no table of version 2", async () => {
    const made = world();
    made.catalog.create("db.v1", { schema: SCHEMA, formatVersion: 1 });
    made.catalog.create("db.odd", { schema: { fields: [{ id: 1, name: "v", type: "variant" }] } });
    const flush = ["none", "v1", "odd", "t"].map((table) => record({ id: 1 }, { table }));
    expect(await made.settle("f1", flush)).toEqual({ kind: "settled" });
    expect(made.failed.map(({ error }) => error.errorCode)).toEqual([
      "Iceberg.NoSuchTable",
      "Iceberg.UnsupportedTable",
      "Iceberg.UnsupportedTable",
    ]);
    expect(await made.rows()).toHaveLength(1);
  });

  test("writes into the folders that the table's properties name", async () => {
    const made = world({
      properties: {
        "write.data.path": "s3://other/rows/",
        "write.metadata.path": "s3://other/meta",
      },
    });
    await made.settle("f1", ROWS);
    expect(await names(made)).toEqual(ALL);
    const folders = made.memory.list().map((file) => file.replace(/[^/]*$/, ""));
    expect(new Set(folders)).toEqual(new Set(["s3://other/rows/", "s3://other/meta/"]));
  });
});

describe("a commit whose answer is lost", () => {
  test.each(["answer lost", "unknown"] as const)(
    "is found by the next attempt (%s)",
    async (fault) => {
      const made = world();
      made.catalog.fail("commit", fault);
      const flush = [...ROWS, record({ id: "x" })];
      expect((await made.settle("f1", flush)).kind).toBe("retry");
      expect(await made.settle("f1", flush, { attempts: 1 })).toEqual({ kind: "settled" });
      expect(await names(made)).toEqual(ALL);
      expect(made.failed).toHaveLength(1);
      expect(made.catalog.metadata("db.t")["snapshots"]).toHaveLength(1);
    },
  );

  test("is found though others have come in since, and the main branch was set back", async () => {
    const made = world();
    made.catalog.fail("commit", "answer lost");
    await made.settle("f1", ROWS);
    made.catalog.change("db.t", { refs: {} });
    expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(made.catalog.metadata("db.t")["snapshots"]).toHaveLength(1);
  });

  test("does not fail its records when the flush is given up", async () => {
    const made = world();
    made.catalog.create("db.u", { schema: SCHEMA });
    made.catalog.fail("commit", "answer lost", "forbidden");
    const flush = [...ROWS, record({ id: 9, name: "u" }, { table: "u" }), record({ id: "x" })];
    expect((await made.settle("f1", flush)).kind).toBe("retry");
    await made.giveUp("f1", flush);
    expect(made.failed.map(({ error }) => error.errorCode)).toEqual([
      "Iceberg.IncompatibleType",
      "Given.Up",
    ]);
    expect(await names(made)).toEqual(ALL);
    expect(await names(made, "db.u")).toEqual([]);
  });
});

describe("attempts", () => {
  test.each(["cut", "timeout", "unavailable", "throttled as by Glue", "too large"] as const)(
    "go on where a commit was refused (%s), with the files that were written",
    async (fault) => {
      const made = world();
      made.catalog.fail("commit", fault);
      expect(await made.settle("f1", ROWS)).toMatchObject({
        kind: "retry",
        error: { errorCode: "Iceberg.CatalogError" },
      });
      const parquetFiles = () => made.memory.list().filter((file) => file.endsWith(".parquet"));
      const before = parquetFiles();
      expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
      expect(parquetFiles()).toEqual(before);
      expect(await names(made)).toEqual(ALL);
    },
  );

  test("are overtaken by others, and commit on what those have made of the table", async () => {
    const made = world();
    await made.settle("f0", [record({ id: 0, name: "n0" })]);
    made.next();
    made.catalog.fail("commit", "overtaken", "overtaken");
    expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["0 n0", ...ALL]);
  });

  test("that died before anything was noted leave nothing in the table", async () => {
    const made = world();
    const flush = [...ROWS, record({ id: "x" })];
    expect(await made.settle("f1", flush, { diesAtSave: 1 })).toEqual({ kind: "fenced" });
    expect(made.failed).toEqual([]);
    expect(await made.settle("f1", flush)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(ALL);
    expect(made.failed).toHaveLength(1);
  });

  test("bring in the tables that can be had, and later the others", async () => {
    const made = world();
    made.catalog.create("db.u", { schema: SCHEMA });
    made.catalog.fail("load", "unavailable");
    const flush = [
      record({ id: 1, name: "t" }),
      record({ id: 2, name: "u" }, { table: "u" }),
      record({ id: "x" }),
      record({ id: "y" }, { table: "u" }),
    ];
    expect((await made.settle("f1", flush)).kind).toBe("retry");
    expect(await names(made)).toEqual([]);
    expect(await names(made, "db.u")).toEqual(["2 u"]);
    expect(await made.settle("f1", flush, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["1 t"]);
    expect(await names(made, "db.u")).toEqual(["2 u"]);
    expect(made.failed).toHaveLength(2);
  });

  test("whose file could not be written begin anew under other names", async () => {
    const made = world();
    let count = 0;
    made.files = {
      ...made.memory,
      async put(place, body) {
        count += 1;
        if (count === 1) throw Object.assign(new Error("no"), { name: "AccessDenied" });
        return made.memory.put(place, body);
      },
    };
    expect(await made.settle("f1", ROWS)).toMatchObject({
      kind: "retry",
      error: { errorCode: "S3.AccessDenied" },
    });
    expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(ALL);
  });

  test("whose time is over leave the rest to the next", async () => {
    const made = world();
    const late = await made.settle("f1", ROWS, { deadlineMs: made.nowMs });
    expect(late).toEqual({ kind: "later", atMs: made.nowMs });
    expect(made.memory.list()).toEqual([]);
    expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
  });

  test("do not commit to a table that took the place of the one they wrote for", async () => {
    const made = world();
    made.catalog.fail("commit", "unavailable");
    await made.settle("f1", ROWS);
    made.catalog.drop("db.t");
    made.catalog.create("db.t", { schema: SCHEMA });
    expect((await made.settle("f1", ROWS, { attempts: 1 })).kind).toBe("later");
    expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(ALL);
  });
});

describe("updates and deletions", () => {
  test("change what earlier flushes brought in", async () => {
    const made = world();
    await made.settle("f1", ROWS);
    made.next();
    const flush = [
      record({ id: 2, name: "changed" }, { operation: "update" }),
      record({ id: 3 }, { operation: "delete" }),
      record({ id: 9, name: "new" }, { operation: "update" }),
    ];
    expect(await made.settle("f2", flush)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["1 n1", "2 changed", "4 n4", "5 n5", "9 new"]);
  });

  test.each([
    [["insert a", "update b"], ["1 b"]],
    [
      ["update a", "insert b"],
      ["1 a", "1 b"],
    ],
    [
      ["insert a", "insert b"],
      ["1 a", "1 b", "1 old"],
    ],
    [["insert a", "delete"], []],
    [["delete", "insert a"], ["1 a"]],
    [["update a", "update b", "delete", "update c"], ["1 c"]],
    [["delete", "delete"], []],
    [
      ["insert a", "update b", "insert c", "insert d"],
      ["1 b", "1 c", "1 d"],
    ],
  ])("of a flush come to what its last ones say: %j", async (operations, expected) => {
    const made = world();
    await made.settle("f1", [record({ id: 1, name: "old" })]);
    made.next();
    const flush = operations.map((text) => {
      const [operation = "", name] = text.split(" ");
      return record({ id: 1, name }, { operation });
    });
    expect(await made.settle("f2", flush, { pieceSize: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(expected);
  });

  test("go by the keys that the settings name", async () => {
    const made = world({ schema: { fields: SCHEMA.fields } });
    made.settings = { ...SETTINGS, tables: [{ database: "db", table: "t", uniqueKeys: ["NAME"] }] };
    await made.settle("f1", [record({ id: 1, name: "a" }), record({ id: 2, name: "b" })]);
    made.next();
    await made.settle("f2", [record({ id: 7, name: "a" }, { operation: "update" })]);
    expect(await names(made)).toEqual(["2 b", "7 a"]);
  });

  test("fail without keys, with keys that are none, and without a key's value", async () => {
    const made = world({ schema: { fields: SCHEMA.fields } });
    const update = record({ id: 1 }, { operation: "update" });
    await made.settle("f1", [update]);
    made.next();
    made.settings = { ...SETTINGS, tables: [{ database: "db", table: "t", uniqueKeys: ["no"] }] };
    await made.settle("f2", [update]);
    made.next();
    made.settings = { ...SETTINGS, tables: [{ database: "db", table: "t", uniqueKeys: ["name"] }] };
    await made.settle("f3", [update]);
    expect(made.failed.map(({ error }) => error.errorCode)).toEqual([
      "Iceberg.InvalidUniqueKeys",
      "Iceberg.InvalidUniqueKeys",
      "Iceberg.MissingColumnWithinRecord",
    ]);
  });

  test("a change that fails deletes nothing", async () => {
    const made = world();
    await made.settle("f1", [record({ id: 1, name: "old" })]);
    made.next();
    await made.settle("f2", [record({ id: 1, name: 5 }, { operation: "update" })]);
    expect(await names(made)).toEqual(["1 old"]);
    expect(made.failed).toHaveLength(1);
  });

  test("count in all partitions, whatever the table is partitioned by", async () => {
    const made = world({
      partition: [{ name: "at_day", transform: "day", "source-id": 3 }],
    });
    await made.settle("f1", [record({ id: 1, name: "old", at: "2026-11-30T00:00:00Z" })]);
    made.next();
    const flush = [
      record({ id: 1, name: "new", at: "2026-12-01T00:00:00Z" }, { operation: "update" }),
    ];
    // The table gets a spec without fields first, under which deletions count for all of it.
    expect((await made.settle("f2", flush)).kind).toBe("later");
    expect(await made.settle("f2", flush)).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["1 new"]);
    expect(made.catalog.metadata("db.t")).toMatchObject({
      "default-spec-id": 0,
      "partition-specs": [{ "spec-id": 0 }, { "spec-id": 1, fields: [] }],
    });
  });

  test("stay in the partition where the key decides it", async () => {
    const made = world({ partition: [{ name: "b", transform: "bucket[4]", "source-id": 1 }] });
    await made.settle("f1", ROWS);
    made.next();
    await made.settle("f2", [record({ id: 2 }, { operation: "delete" })]);
    expect(await names(made)).toEqual(["1 n1", "3 n3", "4 n4", "5 n5"]);
    expect(made.catalog.metadata("db.t")["partition-specs"]).toHaveLength(1);
    const deletes = (await made.liveFiles()).filter(({ content }) => content === 2);
    expect(deletes).toHaveLength(1);
    expect(deletes[0]!.partition).toHaveProperty("b");
  });

  test("are written anew when the table's partitions are others by then", async () => {
    const made = world({ partition: [{ name: "b", transform: "bucket[4]", "source-id": 1 }] });
    await made.settle("f1", ROWS);
    made.next();
    made.catalog.fail("commit", "unavailable");
    const flush = [record({ id: 2 }, { operation: "delete" })];
    await made.settle("f2", flush);
    const specs = made.catalog.metadata("db.t")["partition-specs"] as object[];
    made.catalog.change("db.t", { "partition-specs": [...specs, { "spec-id": 1, fields: [] }] });
    expect((await made.settle("f2", flush, { attempts: 1 })).kind).toBe("later");
    expect(await made.settle("f2", flush, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(["1 n1", "3 n3", "4 n4", "5 n5"]);
  });

  test("are refused where a stream only appends, and what is no operation everywhere", async () => {
    const made = world();
    await made.settle("f1", [record({ id: 1 }, { operation: "upsert" })]);
    made.next();
    made.settings = { ...SETTINGS, isAppendOnly: true };
    await made.settle("f2", [record({ id: 1 }, { operation: "delete" })]);
    const [first, second] = made.failed.map(({ error }) => error);
    expect(first).toMatchObject({ errorCode: "Iceberg.InvalidOperation" });
    expect(second).toMatchObject({ errorCode: "Iceberg.InvalidOperation" });
    expect(second).not.toEqual(first);
  });
});

describe("partitions", () => {
  test("have files of their own, named in the manifest with bounds", async () => {
    const made = world({
      partition: [
        { name: "name", transform: "identity", "source-id": 2 },
        { name: "id_trunc", transform: "truncate[10]", "source-id": 1 },
      ],
    });
    await made.settle("f1", [
      record({ id: 1, name: "a" }),
      record({ id: 11, name: "a" }),
      record({ id: 2, name: "a" }),
      record({ id: 3, name: null }),
      record({ id: 4, name: "null" }),
    ]);
    const files = await made.liveFiles();
    expect(files.map(({ partition }) => partition).toSorted(byText)).toEqual(
      [
        { name: "a", id_trunc: 0n },
        { name: "a", id_trunc: 10n },
        { name: null, id_trunc: 0n },
        { name: "null", id_trunc: 0n },
      ].toSorted(byText),
    );
    expect(files.map(({ file }) => printed([file["record_count"]])).toSorted()).toEqual([
      '["1"]',
      '["1"]',
      '["1"]',
      '["2"]',
    ]);
  });
});

function byText(a: object, b: object): number {
  return printed(a).localeCompare(printed(b));
}

function printed(value: object): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "bigint" ? String(member) : member,
  );
}

describe("the catalog", () => {
  test("is entered with a token that a secret is exchanged for", async () => {
    const made = world();
    made.catalog.token = "good";
    made.secretArn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:lake-AbCdEf";
    expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
    made.next();
    made.secret = JSON.stringify({ clientId: "client", clientSecret: "wrong" });
    const refused = await made.settle("f2", ROWS);
    expect(refused).toMatchObject({ error: { errorCode: "Iceberg.AccessDenied" } });
    expect(JSON.stringify(refused)).not.toContain("wrong");
    made.secret = JSON.stringify({ token: "good" });
    expect(await made.settle("f2", ROWS)).toEqual({ kind: "settled" });
  });

  test("is asked below its prefix", async () => {
    const made = world();
    made.catalog.prefix = "a/b";
    expect(await made.settle("f1", ROWS)).toEqual({ kind: "settled" });
  });

  test.each([
    ["forbidden", "Iceberg.AccessDenied"],
    ["not JSON", "Iceberg.CatalogError"],
    ["cut", "Iceberg.CatalogError"],
  ] as const)("that is %s is tried again", async (fault, errorCode) => {
    const made = world();
    made.catalog.fail("load", fault);
    expect(await made.settle("f1", ROWS)).toMatchObject({ kind: "retry", error: { errorCode } });
    expect(await made.settle("f1", ROWS, { attempts: 1 })).toEqual({ kind: "settled" });
    expect(await names(made)).toEqual(ALL);
  });

  test("that the deployment does not list any more is away", async () => {
    const made = world();
    made.settings = { ...SETTINGS, catalog: { kind: "rest", name: "gone", region: "us-east-1" } };
    expect(await made.settle("f1", ROWS)).toMatchObject({ kind: "retry" });
  });
});
