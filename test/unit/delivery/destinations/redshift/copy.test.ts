import { describe, expect, test } from "vitest";
import {
  copyStatements,
  isCopied,
  lacksPositions,
  statementProblem,
  withoutSemicolon,
} from "../../../../../src/delivery/destinations/redshift/copy.ts";
import { errorOfReason } from "../../../../../src/delivery/destinations/redshift/errors.ts";
import { parseJdbcUrl } from "../../../../../src/delivery/destinations/redshift/settings.ts";
import { REDSHIFT } from "./redshift-world.ts";

const COPY = { id: "f1", streamName: "access-logs", manifestUrl: "s3://logs/it's", atMs: 0 };

describe("the statements of a flush", () => {
  test("look for it, copy, and note it, with the table of positions to themselves", () => {
    expect(copyStatements(REDSHIFT, COPY)).toEqual([
      'LOCK TABLE "hydrant_positions_access-logs"',
      `SELECT 1 / (CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END) FROM "hydrant_positions_access-logs" WHERE flush = 'f1'`,
      "COPY logs FROM 's3://logs/it''s' IAM_ROLE 'arn:aws:iam::123456789012:role/firehose' MANIFEST",
      `INSERT INTO "hydrant_positions_access-logs" (flush, copied_at) VALUES ('f1', '1970-01-01 00:00:00')`,
    ]);
  });

  test.each([
    [{ columns: "id, name" }, "COPY logs (id, name) FROM 'x' IAM_ROLE 'r' MANIFEST"],
    [{ columns: "(id, name)" }, "COPY logs (id, name) FROM 'x' IAM_ROLE 'r' MANIFEST"],
    [{ compression: "GZIP" }, "COPY logs FROM 'x' IAM_ROLE 'r' MANIFEST GZIP"],
    [
      { compression: "GZIP", copyOptions: "gzip JSON 'auto'" },
      "COPY logs FROM 'x' IAM_ROLE 'r' MANIFEST gzip JSON 'auto'",
    ],
    [
      { compression: "GZIP", copyOptions: "DELIMITER 'gzip'" },
      "COPY logs FROM 'x' IAM_ROLE 'r' MANIFEST GZIP DELIMITER 'gzip'",
    ],
    [
      { copyOptions: "iam_role 'mine' CSV manifest" },
      "COPY logs FROM 'x' iam_role 'mine' CSV manifest",
    ],
  ] as const)("says of %j what a COPY needs besides", (over, copy) => {
    const settings = { ...REDSHIFT, roleArn: "r", ...over };
    expect(copyStatements(settings, { ...COPY, manifestUrl: "x" })[2]).toBe(copy);
  });
});

test.each([
  ["delimiter '\\t' lzop;", undefined],
  ["delimiter ';' null as ''''", undefined],
  ["CSV; DROP TABLE logs", "semicolon"],
  ["CSV -- rest", "semicolon"],
  ["CSV /* rest", "semicolon"],
  ["DELIMITER '|", "quote"],
])("options %s may be part of a COPY, or not: %s", (text, problem) => {
  expect(statementProblem(text)).toBe(problem);
});

test("the semicolon of AWS's example is left away", () => {
  expect(withoutSemicolon("delimiter '\\t' lzop; ")).toBe("delimiter '\\t' lzop");
});

test.each([
  ["jdbc:redshift://logs.abc.eu-west-1.redshift.amazonaws.com:5439/dev", "cluster", "logs"],
  ["jdbc:postgresql://logs.abc.cn-north-1.redshift.amazonaws.com.cn:5439/dev", "cluster", "logs"],
  [
    "jdbc:redshift://work.123456789012.us-east-1.redshift-serverless.amazonaws.com:5439/dev",
    "workgroup",
    "work",
  ],
])("%s is a %s", (url, kind, name) => {
  expect(parseJdbcUrl(url)).toMatchObject({ warehouse: { kind, name }, database: "dev" });
});

test.each([
  "jdbc:redshift://a.redshift.amazonaws.com:5439/dev",
  "jdbc:redshift://work.abc.us-east-1.redshift-serverless.amazonaws.com:5439/dev",
  "jdbc:mysql://logs.abc.eu-west-1.redshift.amazonaws.com:5439/dev",
])("%s is neither", (url) => expect(parseJdbcUrl(url)).toBeUndefined());

test.each([
  ['ERROR: relation "logs" does not exist', "TableNotFound"],
  ["ERROR: Load into table 'logs' failed. Check 'stl_load_errors' system table.", "DataLoadFailed"],
  ["ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied", "S3BucketAccessDenied"],
  ["ERROR: S3ServiceException:The specified key does not exist.,Status 404", "MissingS3File"],
  ['ERROR: column "x" of relation "logs" does not exist', "ColumnNotFound"],
  ['FATAL: password authentication failed for user "x"', "AuthenticationFailed"],
  ['FATAL: database "x" does not exist', "DatabaseNotFound"],
  ['ERROR: permission denied for relation "logs"', "InsufficientPrivilege"],
  ['ERROR: syntax error at or near "CSW"', "SyntaxError"],
  ["ERROR: Disk Full", "DiskFull"],
  ["ABORTED", "DataLoadFailed"],
])("%s is Redshift.%s, in AWS's words alone", (reason, code) => {
  const { errorCode, errorMessage } = errorOfReason(`${reason} of record-data`, "s-1");
  expect(errorCode).toBe(`Redshift.${code}`);
  expect(errorMessage).toContain("s-1");
  expect(errorMessage).not.toContain("record-data");
});

test("what the statements fail with on purpose is told from what happens to them", () => {
  expect([isCopied("ERROR: division by zero"), isCopied("ERROR: Divide by zero")]).toEqual([
    true,
    true,
  ]);
  const missing = (name: string) => `ERROR: relation "${name}" does not exist`;
  expect(lacksPositions(missing("hydrant_positions_access-logs"), "access-logs")).toBe(true);
  expect(lacksPositions(missing("logs"), "access-logs")).toBe(false);
});
