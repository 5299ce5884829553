/**
 * What the environment says of a Hydrant that runs already, on this machine or deployed, and of who calls it: for the
 * conformance tests and for benches. docs/against-aws.md tells the user.
 */
import { isLocalEndpoint } from "../../bin/hydrant/connection.ts";

export interface Target {
  /** Absent: none runs, so a local stack is to be started. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accountId: string;
  readonly stage: string;
  /** One of Hydrant's, that may do everything. */
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Empty: AWS's own, with the credentials that the machine has for AWS. */
  readonly s3Endpoint: string;
  readonly deliveryBucket: string;
  /** Of KMS, that streams may be encrypted with; locally any is. */
  readonly streamKey: string;
}

const LOCAL_S3_ENDPOINT = "http://127.0.0.1:4572";

export function readTarget(env: Readonly<Record<string, string | undefined>>): Target {
  const given = (name: string) => env[name] || undefined;
  const endpoint = given("HYDRANT_ENDPOINT");
  const isLocal = endpoint === undefined || isLocalEndpoint(new URL(endpoint));
  const needed = (name: string, local: string) => {
    const value = given(name) ?? (isLocal ? local : undefined);
    if (value === undefined) throw new Error(`${name} must be set, for ${endpoint}`);
    return value;
  };
  const accountId = needed("HYDRANT_ACCOUNT_ID", "000000000000");
  const stage = given("HYDRANT_STAGE") ?? "dev";
  const region = needed("HYDRANT_REGION", "us-east-1");
  return {
    endpoint,
    region,
    accountId,
    stage,
    key: {
      accessKeyId: needed("HYDRANT_ACCESS_KEY_ID", "test"),
      secretAccessKey: needed("HYDRANT_SECRET_ACCESS_KEY", "test"),
    },
    s3Endpoint: given("HYDRANT_S3_ENDPOINT") ?? (isLocal ? LOCAL_S3_ENDPOINT : ""),
    streamKey:
      given("HYDRANT_STREAM_KEY") ??
      `arn:aws:kms:${region}:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    deliveryBucket: given("HYDRANT_DELIVERY_BUCKET") ?? `hydrant-${stage}-delivery-${accountId}`,
  };
}
