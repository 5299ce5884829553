import { expect, test } from "vitest";
import { mayHoldTables } from "../../../src/targets/table-buckets.ts";

test.each([
  [true, "lake,shared/tables", "lake/a/b.parquet"],
  [true, "lake,shared/tables", "shared/tables/b.parquet"],
  [false, "lake,shared/tables", "shared/other/b.parquet"],
  [false, "lake,shared/tables", "lake2/a/b.parquet"],
  [true, "*", "anything/b.parquet"],
  [true, "none", "4f1e--table-s3/metadata/1.json"],
  [false, "none", "4f1e/x--table-s3/1.json"],
])("%s: of %s, a file at %s", (is, listed, place) => {
  expect(mayHoldTables(`arn:aws:s3:::${place}`, listed.split(","))).toBe(is);
});
