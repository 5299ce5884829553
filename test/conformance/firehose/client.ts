/**
 * What the conformance tests of Firehose share: a client of the stack under test, and streams that clean up. The client
 * may be another than it seems: see `throughCaller`.
 */
import { randomUUID } from "node:crypto";
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  FirehoseClient,
  FirehoseServiceException,
  ResourceNotFoundException,
  type CreateDeliveryStreamCommandInput,
  type ExtendedS3DestinationConfiguration,
  type HttpEndpointDestinationConfiguration,
  type SnowflakeDestinationConfiguration,
  type IcebergDestinationConfiguration,
  type SplunkDestinationConfiguration,
} from "@aws-sdk/client-firehose";
import { expect, inject, onTestFinished } from "vitest";
import { ACCOUNT_ID, clientConfig, REGION, WHERE } from "../target.ts";
import { throughCaller } from "./through-caller.ts";

export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/firehose`;
export const BUCKET_ARN = "arn:aws:s3:::conformance";

export function firehoseClient(): FirehoseClient {
  return throughCaller(javascriptClient(), inject("firehoseCaller"), WHERE);
}

/** Whatever the caller of the run: for what only this client tells. */
export function javascriptClient(): FirehoseClient {
  const client = new FirehoseClient({
    ...clientConfig(),
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

export function uniqueName(purpose: string): string {
  return `${purpose}-${randomUUID()}`;
}

export function destination(
  members: Partial<ExtendedS3DestinationConfiguration> = {},
): ExtendedS3DestinationConfiguration {
  return {
    RoleARN: ROLE_ARN,
    BucketARN: BUCKET_ARN,
    // Long enough for no test to see a delivery.
    BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 900 },
    ...members,
  };
}

export function icebergDestination(
  members: Partial<IcebergDestinationConfiguration> = {},
): IcebergDestinationConfiguration {
  return {
    RoleARN: ROLE_ARN,
    CatalogConfiguration: { CatalogARN: `arn:aws:glue:${REGION}:${ACCOUNT_ID}:catalog` },
    DestinationTableConfigurationList: [
      { DestinationDatabaseName: "lake", DestinationTableName: "events", UniqueKeys: ["id"] },
    ],
    S3Configuration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN },
    ...members,
  };
}

function hasDestination(members: Partial<CreateDeliveryStreamCommandInput>): boolean {
  return Object.keys(members).some((name) => name.endsWith("DestinationConfiguration"));
}

/** Where nothing is sent to: no test waits for a delivery. */
export function httpEndpoint(
  members: Partial<HttpEndpointDestinationConfiguration> = {},
): HttpEndpointDestinationConfiguration {
  return {
    EndpointConfiguration: { Url: "https://intake.example.com/logs?tenant=1", Name: "intake" },
    RoleARN: ROLE_ARN,
    S3Configuration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN },
    ...members,
  };
}

/** Likewise. */
export function splunk(
  members: Partial<SplunkDestinationConfiguration> = {},
): SplunkDestinationConfiguration {
  return {
    HECEndpoint: "https://splunk.example.com:8088",
    HECEndpointType: "Raw",
    HECToken: "5e9d3c1a-0f5b-4a3c-9d2e-6b1f0c7a8e44",
    S3Configuration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN },
    ...members,
  };
}

/** Entered by a secret that nobody reads: no test waits for a delivery. */
export function snowflake(
  members: Partial<SnowflakeDestinationConfiguration> = {},
): SnowflakeDestinationConfiguration {
  return {
    AccountUrl: "https://acme-prod.snowflakecomputing.com",
    Database: "DB",
    Schema: "PUBLIC",
    Table: "CLICKS",
    RoleARN: ROLE_ARN,
    S3Configuration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN },
    SecretsManagerConfiguration: {
      Enabled: true,
      SecretARN: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:snowflake-AbC123`,
    },
    ...members,
  };
}

/** Creates a stream that is deleted when the test ends; answers its name. */
export async function newStream(
  client: FirehoseClient,
  members: Partial<CreateDeliveryStreamCommandInput> = {},
): Promise<string> {
  const DeliveryStreamName = members.DeliveryStreamName ?? uniqueName("stream");
  const ExtendedS3DestinationConfiguration = destination();
  await client.send(
    new CreateDeliveryStreamCommand({
      ...(hasDestination(members) ? {} : { ExtendedS3DestinationConfiguration }),
      ...members,
      DeliveryStreamName,
    }),
  );
  onTestFinished(async () => {
    try {
      await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  });
  return DeliveryStreamName;
}

/** A client that sends `body`, correctly signed, whatever it is told to send: what no SDK would write. */
export function clientSending(body: string): FirehoseClient {
  const client = javascriptClient();
  client.middlewareStack.add(
    (next) => (args) => next({ ...args, request: Object.assign(args.request as object, { body }) }),
    { step: "serialize", priority: "low", name: "replaceBody" },
  );
  return client;
}

/** Waits for a call to be refused and checks how. */
export async function expectRefusal(
  call: Promise<unknown>,
  name: string,
  message: string | RegExp,
  httpStatusCode = 400,
): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FirehoseServiceException);
  const refusal = error as FirehoseServiceException;
  expect({ name: refusal.name, status: refusal.$metadata.httpStatusCode }).toEqual({
    name,
    status: httpStatusCode,
  });
  if (typeof message === "string") expect(refusal.message).toBe(message);
  else expect(refusal.message).toMatch(message);
}

/** `violations("Value at 'limit' failed …")` → the ValidationException's sentence. */
export function violations(...texts: readonly string[]): string {
  const errors = texts.length === 1 ? "error" : "errors";
  return `${texts.length} validation ${errors} detected: ${texts.join("; ")}`;
}

export const NAME_PATTERN_VIOLATION =
  "Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

export function notNull(path: string): string {
  return `Value at '${path}' failed to satisfy constraint: Member must not be null`;
}
