/**
 * Manifests: what a COPY is to take up, by name, so that it takes up nothing else and fails where something is missing.
 * https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
 */
import { formatDate, parseDatePattern } from "../../naming/date-pattern.ts";
import type { ObjectTarget } from "../../ports.ts";
import type { FlushIdentity, StandingObject } from "../receivers/port.ts";
import type { RedshiftSettings } from "./settings.ts";

export interface Manifest {
  readonly target: ObjectTarget;
  readonly url: string;
  readonly body: Uint8Array;
}

const HOURS = parseDatePattern("yyyy/MM/dd/HH/") ?? [];
const SECONDS = parseDatePattern("yyyy-MM-dd-HH-mm-ss") ?? [];

/** Beside the objects, or of what was not copied, under `errors/`; the same in every attempt. */
export function manifestOf(
  kind: "manifests" | "errors/manifests",
  { folder, bucketRoleArn, kmsKeyArn }: RedshiftSettings,
  flush: FlushIdentity,
  objects: readonly StandingObject[],
): Manifest {
  const { stream, span } = flush;
  const bucket = objects[0]?.bucket ?? "";
  const instantMs = span.oldestArrivedAtMs ?? stream.createdAtMs;
  const name = [stream.name, formatDate(SECONDS, instantMs), flush.idOf("manifest")].join("-");
  const key = `${folder}${kind}/${formatDate(HOURS, instantMs)}${name}`;
  const entries = objects.map((object) => ({
    url: `s3://${object.bucket}/${object.key}`,
    mandatory: true,
  }));
  return {
    target: {
      bucket,
      key,
      contentType: "application/json",
      roleArn: bucketRoleArn,
      ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    },
    url: `s3://${bucket}/${key}`,
    body: Buffer.from(JSON.stringify({ entries })),
  };
}
