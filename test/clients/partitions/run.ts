/**
 * A feed of nested JSON events, put by boto3, partitioned by two jq keys into Parquet by a running stack, and read back by
 * pyarrow and DuckDB as what it claims to be: a table with its partitions in the names. 1 % of the events is broken and stands
 * in the error prefix; once the stream is mended, `hydrant redrive` brings it in. Needs Python 3.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startStack } from "../../helpers/stack-process.ts";
import { pythonWith } from "../python.ts";

const FUNCTIONS = `tables:
  analytics.feed: { id: bigint, at: timestamp, actor: "struct<login:string,id:bigint>", payload: "struct<size:int,tags:array<string>>" }
`;

const tools = pythonWith("partitions", ["boto3", "pyarrow", "duckdb", "pytz"]);
const folder = mkdtempSync(join(tmpdir(), "hydrant-partitions-"));
const functionsFile = join(folder, "functions.yml");
writeFileSync(functionsFile, FUNCTIONS);
const stack = await startStack({ functionsFile });
let code = 1;
try {
  const script = fileURLToPath(new URL("feed.py", import.meta.url));
  const hydrant = fileURLToPath(new URL("../../../bin/hydrant.mjs", import.meta.url));
  const { apiEndpoint, s3Endpoint, deliveryBucket } = stack;
  const child = spawn(
    join(tools, "python3"),
    [script, apiEndpoint, s3Endpoint, deliveryBucket, hydrant],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_DEFAULT_REGION: "us-east-1",
        // There is no TLS here, and not every client can take one.
        AWS_CA_BUNDLE: undefined,
      },
    },
  );
  code = await new Promise<number>((resolve) => child.once("exit", (end) => resolve(end ?? 1)));
} finally {
  await stack.stop();
  for (const path of [stack.dataDir, folder]) rmSync(path, { recursive: true, force: true });
}
process.exit(code);
