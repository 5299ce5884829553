/**
 * An example transformation for a delivery stream: lines of an access log in the combined format become JSON.
 * It keeps Firehose's contract: every record that came in goes out once, under its own `recordId`, as `Ok` with
 * new data, `Dropped`, or `ProcessingFailed` (kept aside under the stream's error prefix).
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
 */
import type {
  FirehoseTransformationEvent,
  FirehoseTransformationResult,
  FirehoseTransformationResultRecord,
} from "aws-lambda";

const COMBINED_LINE =
  /^(?<client>\S+) \S+ (?<user>\S+) \[(?<time>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+) (?<protocol>[^"]+)" (?<status>\d{3}) (?<bytes>\d+|-)(?: "(?<referrer>[^"]*)" "(?<agent>[^"]*)")?\s*$/;

/** Paths that load balancers ask for all day; nobody wants them in the archive. */
const HEALTH_CHECKS: ReadonlySet<string> = new Set(["/health", "/healthz", "/ping"]);

export function handler(event: FirehoseTransformationEvent): Promise<FirehoseTransformationResult> {
  const records = event.records.map(({ recordId, data }): FirehoseTransformationResultRecord => {
    const fields = COMBINED_LINE.exec(Buffer.from(data, "base64").toString("utf8"))?.groups;
    if (fields === undefined) return { recordId, result: "ProcessingFailed", data };
    if (HEALTH_CHECKS.has(fields["path"] ?? "")) return { recordId, result: "Dropped", data };
    return { recordId, result: "Ok", data: encode(fields) };
  });
  return Promise.resolve({ records });
}

function encode(fields: Readonly<Record<string, string | undefined>>): string {
  const { status, bytes, ...rest } = fields;
  const line = {
    ...rest,
    status: Number(status),
    bytes: bytes === "-" ? 0 : Number(bytes),
  };
  return Buffer.from(`${JSON.stringify(line)}\n`).toString("base64");
}
