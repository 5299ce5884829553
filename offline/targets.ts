/**
 * What delivery streams and mappings may name on a laptop: everything there is, but for Hydrant's own, unless a variable
 * narrows it. In AWS the parameters of the deployment say so, and IAM.
 */

/** Each as the parameter of its name, which it stands for here. Roles are not among them: none is assumed. */
export const TARGET_VARIABLES = [
  "HYDRANT_DESTINATION_BUCKETS",
  "HYDRANT_TRANSFORM_FUNCTIONS",
  "HYDRANT_CONSUMER_FUNCTIONS",
  "HYDRANT_FAILURE_DESTINATIONS",
  "HYDRANT_ERROR_LOG_GROUPS",
  "HYDRANT_CONVERSION_TABLES",
  "HYDRANT_STREAM_KEYS",
  "HYDRANT_OBJECT_KEYS",
  "HYDRANT_DESTINATION_ENDPOINTS",
  "HYDRANT_DESTINATION_SECRETS",
  "HYDRANT_ICEBERG_TABLES",
  "HYDRANT_ICEBERG_BUCKETS",
  "HYDRANT_S3_TABLE_BUCKETS",
  "HYDRANT_ICEBERG_CATALOGS",
  "HYDRANT_SEARCH_DOMAINS",
  "HYDRANT_DESTINATION_WAREHOUSES",
] as const;

export function localTargets(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TARGET_VARIABLES.map((name) => [name, env[name] ?? (name === CATALOGS ? "" : "*")]),
  );
}

/** Where catalogs are nobody can guess: those that are listed are all there are. */
const CATALOGS = "HYDRANT_ICEBERG_CATALOGS";
