/**
 * The local S3 before clients that others wrote: boto3, the AWS CLI, pyarrow, s3fs, minio and, where it is on the path,
 * rclone. Each takes files through one round: up, listed, down, copied, removed. Needs Python 3.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startS3 } from "../../../offline/services/s3/server.ts";
import { pythonWith } from "../python.ts";

const tools = pythonWith("s3", ["boto3", "awscli", "pyarrow", "s3fs", "minio"]);
const s3 = await startS3({ port: 0 });
await fetch(`${s3.endpoint}/round-trips`, { method: "PUT" });
const child = spawn(
  join(tools, "python3"),
  [fileURLToPath(new URL("round.py", import.meta.url)), s3.endpoint, "round-trips"],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${tools}:${process.env["PATH"]}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: "us-east-1",
      // There is no TLS here, and not every client can take one.
      AWS_CA_BUNDLE: undefined,
    },
  },
);
const code = await new Promise<number>((resolve) => child.once("exit", (end) => resolve(end ?? 1)));
s3.stop();
process.exit(code);
