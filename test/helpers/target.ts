/**
 * What the environment says of a Hydrant that runs already, on this machine or deployed, and of who calls it: for the
 * conformance tests and for benches. docs/against-aws.md tells the user.
 */
import { NodeHttpHandler } from "@smithy/node-http-handler";
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
  /** Whether its clients speak HTTP/1.1 also where they speak HTTP/2 by themselves. */
  readonly isHttp1: boolean;
  /** Of KMS, that streams may be encrypted with; locally any is. */
  readonly streamKey: string;
}

/** For a client of Kinesis, which owns it. */
export function requestHandlerOf({ isHttp1 }: Pick<Target, "isHttp1">) {
  return isHttp1 ? { requestHandler: new NodeHttpHandler() } : {};
}

function readHttpVersion(text: string | undefined): boolean {
  if (text === undefined || text === "2") return false;
  if (text !== "1.1") throw new Error(`HYDRANT_HTTP_VERSION must be 1.1 or 2, got ${text}`);
  return true;
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
    isHttp1: readHttpVersion(given("HYDRANT_HTTP_VERSION")),
    streamKey:
      given("HYDRANT_STREAM_KEY") ??
      `arn:aws:kms:${region}:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    deliveryBucket: given("HYDRANT_DELIVERY_BUCKET") ?? `hydrant-${stage}-delivery-${accountId}`,
  };
}
